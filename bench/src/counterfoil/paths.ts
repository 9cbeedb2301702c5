import type { Wanted } from '../corpus/matches.js'
import { PAGE_LIMIT, type ReadKind } from '../reads/questions.js'

export const ENTRIES_PATH = '/v1/audit_log_entries'

/** The path that asks Counterfoil a question. */
export function pathOf(kind: ReadKind, wanted: Wanted): string {
  if (kind === 'histogram') return histogramPath(wanted)
  return `${ENTRIES_PATH}?${parametersOf(wanted, { limit: String(PAGE_LIMIT) })}`
}

export function histogramPath(wanted: Wanted): string {
  return `${ENTRIES_PATH}/histogram?${parametersOf(wanted, { interval: 'hour' })}`
}

function parametersOf(wanted: Wanted, others: Record<string, string>): URLSearchParams {
  const parameters = new URLSearchParams(others)
  if (wanted.action !== undefined) parameters.set('action', wanted.action)
  if (wanted.actorId !== undefined) parameters.set('actor_id', wanted.actorId)
  if (wanted.needle !== undefined) parameters.set('search', wanted.needle)
  return parameters
}
