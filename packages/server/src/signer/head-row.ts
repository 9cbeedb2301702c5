import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { fromHex, type Mode, toHex } from '@counterfoil/core'
import type { DamagedHead, SignedHead } from './signer-store.js'

/** A head as every engine stores it, one row a log: what was signed last, and the seal over it. */
export interface HeadRow {
  readonly origin: string
  readonly organization_id: string
  readonly mode: string
  readonly size: number
  readonly root: Uint8Array
  readonly head_hash: Uint8Array
  readonly frontier: Uint8Array
  readonly note: string
  readonly signed_at: number
  readonly generation: number
  readonly overlap_until: number | null
  readonly frozen_at: number | null
  readonly frozen_reason: string | null
}

/** A row with its seal: an HMAC over all its columns, under a key that is not where the row is. */
export type SealedHeadRow = HeadRow & { readonly seal: Uint8Array }

export const HEAD_COLUMNS = [
  'origin',
  'organization_id',
  'mode',
  'size',
  'root',
  'head_hash',
  'frontier',
  'note',
  'signed_at',
  'generation',
  'overlap_until',
  'frozen_at',
  'frozen_reason',
] as const satisfies readonly (keyof HeadRow)[]

/** Seals heads on their way into a store, and looks at the seal on their way out. */
export class HeadSeal {
  readonly #key: Uint8Array

  /** `root` is what the signing keys derive from. */
  constructor(root: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync('sha256', root, '', 'signer-state/v1', 32))
  }

  close(head: SignedHead): SealedHeadRow {
    const row = toRow(head)
    return { ...row, seal: this.#seal(row) }
  }

  open({ seal, ...row }: SealedHeadRow): SignedHead | DamagedHead {
    const right = this.#seal(row)
    if (seal.length === right.length && timingSafeEqual(seal, right)) return toHead(row)
    return {
      origin: row.origin,
      damaged: 'What the signer remembers of this log was changed, or was written under another master key.',
    }
  }

  /** Each column with its type and length before it, so that no two rows have the same bytes. */
  #seal(row: HeadRow): Uint8Array {
    const hmac = createHmac('sha256', this.#key)
    for (const column of HEAD_COLUMNS) {
      const value = row[column]
      const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value))
      hmac.update(`${value === null ? 'null' : typeof value} ${bytes.length}\n`).update(bytes)
    }
    return hmac.digest()
  }
}

function toRow(head: SignedHead): HeadRow {
  return {
    origin: head.origin,
    organization_id: head.log.organization_id,
    mode: head.log.mode,
    size: head.size,
    root: head.root,
    head_hash: fromHex(head.headHash) as Uint8Array,
    frontier: head.frontier,
    note: head.note,
    signed_at: head.signedAtMs,
    generation: head.generation,
    overlap_until: head.overlapUntilMs ?? null,
    frozen_at: head.frozen?.atMs ?? null,
    frozen_reason: head.frozen?.reason ?? null,
  }
}

function toHead(row: HeadRow): SignedHead {
  const { frozen_at: atMs, frozen_reason: reason, overlap_until: overlapUntilMs } = row
  return {
    origin: row.origin,
    log: { organization_id: row.organization_id, mode: row.mode as Mode },
    size: row.size,
    root: row.root,
    headHash: toHex(row.head_hash),
    frontier: row.frontier,
    note: row.note,
    signedAtMs: row.signed_at,
    generation: row.generation,
    ...(overlapUntilMs === null ? {} : { overlapUntilMs }),
    ...(atMs === null || reason === null ? {} : { frozen: { atMs, reason } }),
  }
}
