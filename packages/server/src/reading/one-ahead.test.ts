import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { oneAhead } from './one-ahead.js'

class Source {
  made = 0
  ended = false
  failAt = Number.POSITIVE_INFINITY

  async *values(count: number): AsyncGenerator<number> {
    try {
      for (let i = 0; i < count; i++) {
        if (i === this.failAt) throw new Error(`failed at ${i}`)
        this.made += 1
        yield i
      }
    } finally {
      this.ended = true
    }
  }
}

async function all(values: AsyncIterable<number>): Promise<number[]> {
  const taken: number[] = []
  for await (const value of values) taken.push(value)
  return taken
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn()
}

describe('one ahead', () => {
  it('gives the same values', async () => {
    expect(await all(oneAhead(new Source().values(5)))).toEqual([0, 1, 2, 3, 4])
    expect(await all(oneAhead(new Source().values(0)))).toEqual([])
  })

  it('makes one value ahead and no more, however long nobody asks', async () => {
    const source = new Source()
    const ahead = oneAhead(source.values(10))
    await settle()
    expect(source.made).toBe(0)
    for (let taken = 1; taken <= 4; taken++) {
      await ahead.next()
      await settle()
      expect(source.made).toBe(taken + 1)
    }
    await ahead.return(undefined)
    expect(source).toMatchObject({ made: 5, ended: true })
  })

  it('fails in its turn: what came before is given first', async () => {
    const source = new Source()
    source.failAt = 2
    const ahead = oneAhead(source.values(10))
    expect([(await ahead.next()).value, (await ahead.next()).value]).toEqual([0, 1])
    await settle()
    await expect(ahead.next()).rejects.toThrow('failed at 2')
  })
})
