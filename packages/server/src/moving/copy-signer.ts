import { HEAD_COLUMNS } from '../signer/head-row.js'
import { insert } from './copy-journal.js'
import type { Side } from './side.js'

/**
 * Takes over what the signer remembers, seals included. Only while nobody signs: two signers that remember the same could sign two
 * histories. Gives how many heads there are.
 */
export async function copySigner(source: Side, target: Side): Promise<number> {
  const columns = [...HEAD_COLUMNS, 'seal']
  const heads = await source.all(`SELECT ${columns.join(', ')} FROM heads ORDER BY origin`)
  await target.change(async (sql) => {
    await sql.all('DELETE FROM heads')
    if (target.engine === 'sqlite') return insert(sql, 'heads', columns, heads)
    const [row] = await sql.all('UPDATE revisions SET last = last + 1 RETURNING last')
    const rows = heads.map((head) => ({ ...head, revision: row?.last as number }))
    return insert(sql, 'heads', [...columns, 'revision'], rows)
  })
  return heads.length
}
