import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type AdmittedEntry, admitEntries, type LogName } from '@counterfoil/core'
import { openAccessStore } from '../../access/open-access-store.js'
import { openJournal } from '../../journal/open-journal.js'
import { openLedgerReader } from '../../ledger/open-ledger.js'

const DAY_MS = 86_400_000

export interface OldLog {
  readonly directory: string
  /** How many days ago the first entry was recorded; the last was today. */
  readonly days: number
  readonly entries: number
  /** Bytes in each entry that do not get smaller by compressing them. */
  readonly bytes?: number
  /** A PostgreSQL that it is to be in, rather than in the directory. */
  readonly databaseUrl?: string
}

/**
 * A data directory with a log of `acme` that goes back a while, as if a server had recorded it then: the same number of entries each
 * day. Every tenth is of the category `authentication`, every hundredth about the resource `case-7`. Gives the log.
 */
export async function fillOldLog({
  directory,
  days,
  entries,
  bytes = 0,
  databaseUrl: url,
}: OldLog): Promise<LogName> {
  const file = (name: string) => ({ kind: 'sqlite', path: join(directory, name) }) as const
  const access = await openAccessStore(url === undefined ? file('access.db') : { kind: 'postgres', url })
  const log: LogName = { organization_id: (await access.createOrganization('acme')).id, mode: 'live' }
  await access.close()
  const first = Date.now() - days * DAY_MS
  let recorded = 0
  const place = url === undefined ? file('journal.db') : ({ kind: 'postgres', url, index: 'none' } as const)
  const journal = await openJournal(place, {
    resting: () => openLedgerReader(file('ledger.db')),
    originHost: 'counterfoil.local',
    diskReserveBytes: 0,
    now: () => Math.floor(first + (recorded / entries) * days * DAY_MS) * 1_000,
  })
  const atOnce = Math.max(1, Math.floor(entries / days / 2))
  while (recorded < entries) {
    const count = Math.min(atOnce, entries - recorded)
    const batch = Array.from({ length: count }, (_, i) => anEntry(recorded + i, bytes))
    await journal.append([{ log, entries: batch }])
    recorded += count
  }
  await journal.close()
  return log
}

function anEntry(i: number, bytes: number): AdmittedEntry {
  const entry = {
    action: i % 10 === 0 ? 'session.created' : 'order.created',
    category: i % 10 === 0 ? 'authentication' : 'operation',
    actor: { type: 'user', id: `u${i % 7}` },
    resource: { type: 'case', id: i % 100 === 51 ? 'case-7' : `c${i}` },
    metadata: { n: i, noise: randomBytes(bytes).toString('base64') },
  }
  const admission = admitEntries(Buffer.from(JSON.stringify(entry)), 'json')
  if (!admission.admitted) throw new Error(JSON.stringify(admission.problems))
  return admission.entries[0] as AdmittedEntry
}
