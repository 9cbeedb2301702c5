/** Runs `work` on each item, at most `max` at a time. Rejects with the first failure, after what was begun has ended. */
export async function concurrently<Item>(
  max: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0
  const failures: unknown[] = []
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      try {
        await work(items[next++] as Item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
}
