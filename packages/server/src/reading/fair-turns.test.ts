import { expect, it } from 'vitest'
import { READING_SHARES, readingTurns } from './fair-turns.js'

it('one organization reads four times at once by itself, and twice while others read', async () => {
  const { reads } = readingTurns(READING_SHARES)
  const begun: string[] = []
  const enter = async (organizationId: string): Promise<() => void> => {
    const leave = await reads.enter(organizationId)
    begun.push(organizationId)
    return leave
  }
  const noisy = Array.from({ length: 6 }, () => enter('noisy'))
  await Promise.all(noisy.slice(0, 4))
  expect(begun).toHaveLength(4)

  const quiet = await enter('quiet')
  for (const place of [0, 1]) (await noisy[place])?.()
  await Promise.resolve()
  expect(begun.filter((one) => one === 'noisy')).toHaveLength(4)
  quiet()
  for (const place of [2, 3]) (await noisy[place])?.()
  await Promise.all(noisy)
  expect(begun.filter((one) => one === 'noisy')).toHaveLength(6)
})
