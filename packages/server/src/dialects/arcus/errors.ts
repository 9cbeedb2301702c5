import { AppError } from '@counterfoil/core'

// Every failure of this dialect goes out in the flat envelope of `/v1`, which is the vendor's; these are its own.

/** For an unknown entity and for somebody else's alike, so that the answer tells nothing about either. */
export function entityNotAllowed(): AppError {
  return new AppError('entity_not_allowed', {
    param: 'entity_id',
    hint: 'Use the id of the organization that the key belongs to; it is the entity_id of its entries.',
  })
}

/**
 * For an entry that never was, another organization's, and one that the caller may not see. Of a log that was pruned to
 * `minIndex` it says so, whatever the id: of pruned ones nothing is known any more.
 */
export function entryNotFound(minIndex = 0): AppError {
  const pruned = ` Entries before seq ${minIndex} were pruned; they may be in an archive.`
  return new AppError('not_found', {
    param: 'id',
    hint: `There is no entry with this id in the log of this key.${minIndex > 0 ? pruned : ''}`,
  })
}

/** For a page that shall begin or end at an entry that is not there, or not for this caller. */
export function noEntryToGoOnFrom(param: string, id: string): AppError {
  return new AppError('invalid_request', { param, hint: `There is no entry "${id}" to go on from.` })
}
