import type { Wanted } from '../corpus/matches.js'
import { PAGE_LIMIT, type ReadKind } from '../reads/questions.js'
import type { SqlClient, Statement } from './postgres.js'
import { PEER_ORGANIZATION } from './schema.js'

/** Asks the peer what `GET /v1/audit_log_entries` and its histogram are asked; answers how many rows came. */
export async function askPeer(client: SqlClient, kind: ReadKind, wanted: Wanted): Promise<number> {
  // Unnamed, so that each is planned for its own values: a generic plan is worse for rare needles.
  const { rows } = await client.query(kind === 'histogram' ? histogram() : page(wanted))
  return rows.length
}

/** How many entries match, by reading them all. */
export async function countInPeer(client: SqlClient, wanted: Wanted): Promise<number> {
  const { conditions, values } = conditionsOf(wanted)
  const text = `SELECT count(*)::int AS count FROM audit_log_entries WHERE ${conditions}`
  const { rows } = await client.query<{ count: number }>({ text, values })
  return rows[0]!.count
}

function page(wanted: Wanted): Statement {
  const { conditions, values } = conditionsOf(wanted)
  const text = `SELECT id, seq, recorded_at, entry FROM audit_log_entries
                WHERE ${conditions} ORDER BY recorded_at DESC, seq DESC LIMIT ${PAGE_LIMIT}`
  return { text, values }
}

function histogram(): Statement {
  const text = `SELECT date_trunc('hour', recorded_at) AS start, severity, count(*) FROM audit_log_entries
                WHERE organization_id = $1 GROUP BY 1, 2`
  return { text, values: [PEER_ORGANIZATION] }
}

function conditionsOf(wanted: Wanted): { readonly conditions: string; readonly values: readonly string[] } {
  const conditions = ['organization_id = $1']
  const values = [PEER_ORGANIZATION]
  const add = (condition: string, value: string | undefined) => {
    if (value !== undefined) conditions.push(`${condition} $${values.push(value)}`)
  }
  add('action =', wanted.action)
  add('actor_id =', wanted.actorId)
  add('searchable(entry) ILIKE', wanted.needle === undefined ? undefined : `%${wanted.needle}%`)
  return { conditions: conditions.join(' AND '), values }
}
