import { AppError, TILE_WIDTH } from '@counterfoil/core'
import type { LedgerObject } from './ledger.js'

/** Bundles follow one another without a gap, or the size would say more than there is. Throws `damaged_ledger`. */
export function assertReached(
  origin: string,
  before: number,
  size: number,
  objects: readonly LedgerObject[],
): void {
  const bundles = new Set(objects.flatMap((object) => (object.kind === 'bundle' ? [object.index] : [])))
  const tiles = new Set(
    objects.flatMap((object) => (object.kind === 'tile' && object.level === 0 ? [object.index] : [])),
  )
  for (let index = before / TILE_WIDTH; index < size / TILE_WIDTH; index++) {
    if (size % TILE_WIDTH === 0 && bundles.has(index) && tiles.has(index)) continue
    throw new AppError('damaged_ledger', {
      hint: `${origin} has ${before} entries in the ledger; what follows does not bring it to ${size}.`,
    })
  }
}

/** Something was put that is there already, with other bytes. */
export function otherBytes(origin: string, object: LedgerObject): AppError {
  const name = object.kind === 'tile' ? `tile ${object.level}/${object.index}` : `bundle ${object.index}`
  return new AppError('damaged_ledger', {
    hint: `The ledger has other bytes for ${name} of ${origin}. Nothing was changed. Run "counterfoil fsck" to find out which are right.`,
  })
}

/** Something that should be in the ledger is not. */
export function missingFromLedger(origin: string, what: string): AppError {
  return new AppError('damaged_ledger', {
    hint: `The ledger lacks ${what} of ${origin}, or it is cut off. Run "counterfoil fsck" to locate the damage and restore a backup.`,
  })
}

/** The refusal for what was taken away with leave. */
export function prunedFromLedger(origin: string, what: string, minIndex: number): AppError {
  return new AppError('not_found', {
    hint: `${origin} is kept from entry ${minIndex} on; what came before was pruned, ${what} too.`,
  })
}
