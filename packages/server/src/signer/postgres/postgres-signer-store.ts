import { AppError } from '@counterfoil/core'
import { EVERYTHING, readGuarded, setGuard } from '../../postgres/guard.js'
import { migrate } from '../../postgres/migrations.js'
import {
  openPostgres,
  type Postgres,
  type PostgresSettings,
  type SqlConnection,
} from '../../postgres/postgres.js'
import { HEAD_COLUMNS, HeadSeal, type SealedHeadRow } from '../head-row.js'
import type {
  Advance,
  ChangedHeads,
  DamagedHead,
  Frozen,
  SharedSignerStore,
  SignedHead,
} from '../signer-store.js'
import { SIGNER_GUARD, SIGNER_MIGRATIONS } from './schema.js'

/** Opens the signer's state in PostgreSQL; `root` is what the keys derive from. Any number of processes may. */
export async function openPostgresSignerStore(
  settings: PostgresSettings,
  root: Uint8Array,
): Promise<SharedSignerStore> {
  await migrate(settings, 'signer', SIGNER_MIGRATIONS)
  return new PostgresSignerStore(await openPostgres(settings), root)
}

const ALL_COLUMNS = [...HEAD_COLUMNS, 'seal'] as const
const SELECT_HEADS = `SELECT ${ALL_COLUMNS.join(', ')} FROM heads`
const INSERT_HEAD = `INSERT INTO heads (${ALL_COLUMNS.join(', ')}, revision)
  VALUES (${ALL_COLUMNS.map((_, i) => `$${i + 1}`).join(', ')}, $${ALL_COLUMNS.length + 1})`
const FIRST_CONDITION = ALL_COLUMNS.length + 2
const MOVE_HEAD = `UPDATE heads
  SET ${ALL_COLUMNS.map((column, i) => `${column} = $${i + 1}`).join(', ')}, revision = $${ALL_COLUMNS.length + 1}
  WHERE origin = $${FIRST_CONDITION} AND size = $${FIRST_CONDITION + 1} AND root = $${FIRST_CONDITION + 2}
    AND frozen_at IS NOT DISTINCT FROM $${FIRST_CONDITION + 3}`

class PostgresSignerStore implements SharedSignerStore {
  readonly #postgres: Postgres
  readonly #seal: HeadSeal

  constructor(postgres: Postgres, root: Uint8Array) {
    this.#postgres = postgres
    this.#seal = new HeadSeal(root)
  }

  async heads(origins?: readonly string[]): Promise<readonly (SignedHead | DamagedHead)[]> {
    const rows = await readGuarded<SealedHeadRow>(
      this.#postgres,
      SIGNER_GUARD,
      origins?.length === 1 ? (origins[0] as string) : EVERYTHING,
      origins === undefined
        ? { text: `${SELECT_HEADS} ORDER BY origin` }
        : { text: `${SELECT_HEADS} WHERE origin = ANY($1) ORDER BY origin`, values: [origins] },
    )
    return rows.map((row) => this.#open(row))
  }

  async changedSince(revision: number): Promise<ChangedHeads> {
    const rows = await readGuarded<SealedHeadRow & { readonly revision: number }>(
      this.#postgres,
      SIGNER_GUARD,
      EVERYTHING,
      {
        name: 'signer-changes',
        text: `SELECT ${ALL_COLUMNS.join(', ')}, revision FROM heads WHERE revision > $1 ORDER BY revision`,
        values: [revision],
      },
    )
    return {
      heads: rows.map(({ revision: _, ...row }) => this.#open(row)),
      revision: rows.at(-1)?.revision ?? revision,
    }
  }

  async begin(...heads: readonly SignedHead[]): Promise<void> {
    await this.#postgres.transaction(async (connection) => {
      const revision = await nextRevision(connection)
      for (const head of heads) {
        await setGuard(connection, SIGNER_GUARD, head.origin)
        await connection.query(INSERT_HEAD, [...this.#sealed(head), revision])
      }
    })
  }

  async advance(steps: readonly Advance[]): Promise<boolean> {
    return this.#swapAll(steps)
  }

  async freeze(origin: string, frozen: Frozen): Promise<void> {
    const head = await this.#find(origin)
    if (head.frozen !== undefined) return
    if (!(await this.#swapAll([{ from: head, to: { ...head, frozen } }]))) await this.freeze(origin, frozen)
  }

  async thaw(origin: string): Promise<void> {
    const { frozen, ...head } = await this.#find(origin)
    if (frozen === undefined) return
    if (!(await this.#swapAll([{ from: { ...head, frozen }, to: head }]))) await this.thaw(origin)
  }

  close(): Promise<void> {
    return this.#postgres.close()
  }

  async #swapAll(steps: readonly Advance[]): Promise<boolean> {
    try {
      await this.#postgres.transaction(async (connection) => {
        // Taken first: it keeps rivals apart, whatever heads they are about to move.
        const revision = await nextRevision(connection)
        const moved = await Promise.all(
          steps.map(({ from, to }) => {
            void setGuard(connection, SIGNER_GUARD, from.origin).catch(() => undefined)
            return connection.query({
              name: 'signer-move',
              text: MOVE_HEAD,
              values: [
                ...this.#sealed(to),
                revision,
                from.origin,
                from.size,
                from.root,
                from.frozen?.atMs ?? null,
              ],
            })
          }),
        )
        if (moved.some(({ count }) => count !== 1)) throw new Swapped()
      })
      return true
    } catch (error) {
      if (error instanceof Swapped) return false
      throw error
    }
  }

  async #find(origin: string): Promise<SignedHead> {
    const [head] = await this.heads([origin])
    if (head !== undefined && !('damaged' in head)) return head
    throw new AppError('damaged_signer', { hint: `The signer knows no sound head of ${origin}.` })
  }

  #open(row: SealedHeadRow): SignedHead | DamagedHead {
    const head = this.#seal.open(row)
    if ('damaged' in head) return head
    return { ...head, root: new Uint8Array(head.root), frontier: new Uint8Array(head.frontier) }
  }

  #sealed(head: SignedHead) {
    const row = this.#seal.close(head)
    return ALL_COLUMNS.map((column) => row[column])
  }
}

/** The number of a change; whoever else wants one waits until this one is committed, so that numbers come in order. */
async function nextRevision(connection: SqlConnection): Promise<number> {
  const { rows } = await connection.query<{ last: number }>({
    name: 'signer-revision',
    text: 'UPDATE revisions SET last = last + 1 RETURNING last',
  })
  return (rows[0] as { last: number }).last
}

class Swapped extends Error {}
