/** The same values, the next one under way while one is used, and never more than that one. */
export async function* oneAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  const ask = () => {
    const asked = iterator.next()
    // A failure is told when its turn comes; until then it is not unhandled.
    asked.catch(() => undefined)
    return asked
  }
  let next = ask()
  try {
    for (;;) {
      const { done, value } = await next
      if (done === true) return
      next = ask()
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}
