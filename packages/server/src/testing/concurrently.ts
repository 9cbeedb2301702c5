/** Asks every question, a few at a time, in order. Draw random questions before, for the seed's sake. */
export async function concurrently<T>(
  questions: readonly T[],
  atOnce: number,
  ask: (question: T) => Promise<void>,
): Promise<void> {
  const left = questions.values()
  const asker = async () => {
    for (const question of left) await ask(question)
  }
  await Promise.all(Array.from({ length: atOnce }, asker))
}
