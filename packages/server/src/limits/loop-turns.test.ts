import { expect, test } from 'vitest'
import { LoopTurns } from './loop-turns.js'

/** What is done in which turn of the loop, in order. */
function openTurns() {
  const turns = new LoopTurns()
  const done: string[][] = []
  let ended = false
  const look = () => {
    done.push([])
    if (!ended) setImmediate(look)
  }
  look()
  return {
    done,
    end: () => {
      ended = true
    },
    work: async (organization: string, name: string) => {
      await turns.enter(organization)
      done.at(-1)?.push(name)
    },
  }
}

test('does one piece of work at each turn of the loop, of each organization in turn', async () => {
  const { done, end, work } = openTurns()
  const works = ['a0', 'a1', 'a2', 'b0', 'c0', 'b1'].map((name) => work(name[0] as string, name))
  await Promise.all(works)
  end()
  expect(done.flat()).toEqual(['a0', 'a1', 'b0', 'c0', 'a2', 'b1'])
  expect(Math.max(...done.map(({ length }) => length))).toBe(1)
})

test('lets nobody wait when there is nothing else to do', async () => {
  const turns = new LoopTurns()
  for (let i = 0; i < 3; i++) {
    let turned = false
    const immediate = setImmediate(() => {
      turned = true
    })
    await turns.enter('a')
    expect(turned).toBe(false)
    clearImmediate(immediate)
    // Until the turn that was taken is over, and one more.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
})
