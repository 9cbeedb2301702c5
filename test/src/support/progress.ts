import { setTimeout as delay } from 'node:timers/promises'
import type { Api } from './api.js'

export interface Positions {
  readonly journal: number
  readonly index: number
}

export async function readPositions(api: Api): Promise<Positions> {
  const { text } = await api.get('/metrics')
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return { journal: value('counterfoil_journal_position'), index: value('counterfoil_index_position') }
}

/** Waits until the index has taken in what the journal held when this was called; rejects after `timeoutMs`. */
export async function indexCaughtUp(api: Api, timeoutMs: number): Promise<void> {
  const { journal } = await readPositions(api)
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    const { index } = await readPositions(api)
    if (index >= journal) return
    if (performance.now() > deadlineMs)
      throw new Error(`the index is at ${index} of ${journal} after ${timeoutMs} ms`)
    await delay(25)
  }
}
