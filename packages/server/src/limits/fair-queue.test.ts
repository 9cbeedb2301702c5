import { expect, test } from 'vitest'
import { FairQueue, OTHERS_MS } from './fair-queue.js'
import { Lanes } from './lanes.js'

/** Works that end when the test says so, in a queue. */
function openQueue(limits: ConstructorParameters<typeof FairQueue>[0]) {
  let nowMs = 0
  const queue = new FairQueue(limits, () => nowMs)
  const started: string[] = []
  const ends = new Map<string, () => void>()
  return {
    queue,
    started,
    wait: (ms: number) => {
      nowMs += ms
    },
    send: (organization: string, name: string) => {
      const work = () => {
        started.push(name)
        return new Promise<void>((resolve) => ends.set(name, resolve))
      }
      return queue.run(organization, work)
    },
    end: async (name: string) => {
      ends.get(name)?.()
      await settled()
    },
  }
}

/** What a release sets going takes a few turns of promises. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('lets organizations take turns, however many works one of them has waiting', async () => {
  const { started, send, end } = openQueue({ atOnce: 1, atOnceEach: 1, waitingEach: 100 })
  for (let i = 0; i < 50; i++) void send('noisy', `n${i}`)
  void send('quiet', 'q0')
  void send('quiet', 'q1')
  await settled()
  await end('n0')
  await end('n1')
  await end('q0')
  await end('n2')
  expect(started).toEqual(['n0', 'n1', 'q0', 'n2', 'q1'])
})

test('runs no more of one organization than its share, while others have room', async () => {
  const { started, send, end } = openQueue({ atOnce: 5, atOnceEach: 2, waitingEach: 100 })
  for (let i = 0; i < 6; i++) void send('noisy', `n${i}`)
  for (let i = 0; i < 3; i++) void send('quiet', `q${i}`)
  await settled()
  expect(started).toEqual(['n0', 'n1', 'q0', 'q1'])
  await end('q0')
  expect(started.at(-1)).toBe('q2')
  await end('n1')
  expect(started.at(-1)).toBe('n2')
})

test('runs more of one organization while it is alone, and fewer from when others come until they are gone', async () => {
  const { started, send, end, wait } = openQueue({
    atOnce: 9,
    atOnceEach: 3,
    atOnceAmongOthers: 1,
    waitingEach: 99,
  })
  for (let i = 0; i < 12; i++) void send('noisy', `n${i}`)
  await settled()
  expect(started).toEqual(['n0', 'n1', 'n2'])
  void send('quiet', 'q0')
  await settled()
  expect(started.splice(0)).toEqual(['n0', 'n1', 'n2', 'q0'])
  // Of what the noisy one has running, two end without a successor.
  await end('n0')
  await end('n1')
  expect(started.splice(0)).toEqual([])
  await end('n2')
  expect(started.splice(0)).toEqual(['n3'])
  await end('q0')
  wait(OTHERS_MS - 1)
  await end('n3')
  expect(started.splice(0)).toEqual(['n4'])
  wait(1)
  await end('n4')
  expect(started.splice(0)).toEqual(['n5', 'n6', 'n7'])
  // Whoever comes in between is remembered, whoever else came after.
  void send('quiet', 'q1')
  await settled()
  await end('q1')
  wait(OTHERS_MS - 1)
  void send('noisy', 'n12')
  for (const name of ['n5', 'n6', 'n7']) await end(name)
  expect(started.splice(0)).toEqual(['q1', 'n8'])
})

test('refuses what an organization has too much of, and nothing of anybody else', async () => {
  const { queue, send, end, started } = openQueue({ atOnce: 10, atOnceEach: 1, waitingEach: 2 })
  for (let i = 0; i < 3; i++) void send('noisy', `n${i}`)
  await expect(send('noisy', 'n3')).rejects.toMatchObject({ code: 'too_many_at_once' })
  void send('quiet', 'q0')
  expect(queue.waiting).toBe(2)
  await end('n0')
  void send('noisy', 'n4')
  await end('n1')
  await end('n2')
  expect(started).toEqual(['n0', 'q0', 'n1', 'n2', 'n4'])
})

test('refuses what has waited too long, and goes on with what has not', async () => {
  const { queue, send, end, started } = openQueue({ atOnce: 1, atOnceEach: 1, waitingEach: 9, waitMsMax: 30 })
  void send('a', 'a0')
  await settled()
  await expect(send('a', 'a1')).rejects.toMatchObject({ code: 'too_many_at_once' })
  expect(queue.waiting).toBe(0)
  const last = send('a', 'a2')
  await end('a0')
  await end('a2')
  await last
  expect(started).toEqual(['a0', 'a2'])
})

test('gives the place of a work that failed to the next', async () => {
  const queue = new FairQueue({ atOnce: 1, atOnceEach: 1, waitingEach: 10 })
  const failing = queue.run('a', async () => {
    throw new Error('broken')
  })
  const next = queue.run('a', async () => 'done')
  await expect(failing).rejects.toThrow('broken')
  await expect(next).resolves.toBe('done')
})

test('never runs more than it may, and everything in the end, whatever comes when', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  let state = seed
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state % below
  }
  const queue = new FairQueue({ atOnce: 4, atOnceEach: 2, waitingEach: 1_000 })
  const running = new Map<string, number>()
  let total = 0
  let done = 0
  const works = Array.from({ length: 2_000 }, async (_, i) => {
    for (let turn = random(40); turn > 0; turn--) await Promise.resolve()
    const organization = `o${random(7)}`
    await queue.run(organization, async () => {
      running.set(organization, (running.get(organization) ?? 0) + 1)
      total++
      expect(total, `SEED=${seed}`).toBeLessThanOrEqual(4)
      expect(running.get(organization), `SEED=${seed}`).toBeLessThanOrEqual(2)
      if (i % 3 === 0) await settled()
      running.set(organization, (running.get(organization) ?? 0) - 1)
      total--
      done++
    })
  })
  await Promise.all(works)
  expect(done).toBe(2_000)
  expect(queue.waiting).toBe(0)
})

test('lanes keep the order of arrival within a lane, and of turns between them', () => {
  const lanes = new Lanes<string>()
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) lanes.push(item[0] as string, item)
  const taken = Array.from({ length: 6 }, () => lanes.take())
  expect(taken).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  expect(lanes.take()).toBeUndefined()
  expect(lanes.size).toBe(0)
})

test('whoever comes goes before a lane that has had its turn, which is not overtaken twice', () => {
  const lanes = new Lanes<string>()
  const take = (count: number) => Array.from({ length: count }, () => lanes.take())
  for (const item of ['a1', 'a2', 'a3', 'a4']) lanes.push('a', item)
  expect(take(1)).toEqual(['a1'])
  for (const item of ['b1', 'b2']) lanes.push('b', item)
  lanes.push('c', 'c1')
  expect(take(2)).toEqual(['b1', 'c1'])
  // It has had its turn and comes again.
  lanes.push('c', 'c2')
  expect(take(3)).toEqual(['a2', 'b2', 'c2'])
  expect(take(2)).toEqual(['a3', 'a4'])
})

test('a lane that may not go holds up nobody, and keeps its turn', () => {
  const lanes = new Lanes<string>()
  for (const item of ['a1', 'b1', 'b2']) lanes.push(item[0] as string, item)
  const butA = (_item: string, lane: string) => lane !== 'a'
  expect([lanes.take(butA), lanes.take(butA), lanes.take(butA)]).toEqual(['b1', 'b2', undefined])
  lanes.push('b', 'b3')
  expect(lanes.remove('b', 'b2')).toBe(false)
  expect([lanes.take(), lanes.take(), lanes.size]).toEqual(['a1', 'b3', 0])
})
