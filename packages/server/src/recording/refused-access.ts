import type { Journal } from '../journal/journal.js'

/** Of a request in a group: the version of access control that it depends on, and whether its body was refused. */
export interface RefusedOrNot {
  readonly accessVersion: number | undefined
  readonly isRefused: boolean
}

/**
 * What was refused does not get to the journal, which confirms the version that a request depends on: for that it is asked here. Never
 * rejects, as others of the group are recorded whatever becomes of this: where it cannot be told, undefined is no version that anybody depends on.
 */
export async function accessVersionOfRefused(
  journal: Pick<Journal, 'accessVersion'>,
  requests: readonly RefusedOrNot[],
): Promise<number | undefined> {
  if (!requests.some(({ accessVersion, isRefused }) => isRefused && accessVersion !== undefined))
    return undefined
  try {
    return await journal.accessVersion()
  } catch {
    // The caller is looked up anew then, which fails of the same and tells so.
    return undefined
  }
}
