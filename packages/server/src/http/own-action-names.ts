import { type Filter, foldCase } from '@counterfoil/core'
import {
  SELF_ACTIONS,
  SELF_SOURCE,
  type SelfAction,
  type VendorName,
  vendorAction,
} from '../access/actions.js'
import type { ReadEntry } from '../reading/reads.js'

/** Switch of dialects whose vendor has names for some of what Counterfoil records about itself. */
export const OWN_ACTION_NAMES = {
  values: ['vendor', 'recorded'],
  description:
    "Actions of Counterfoil's own entries, such as api_key.created: the vendor's name where its table has one, or always as recorded.",
} as const
export type OwnActionNames = (typeof OWN_ACTION_NAMES.values)[number]

/** The action of an entry as a vendor's table has it; that of other entries is never translated. */
export function vendorActionOf(
  { action, source }: Pick<ReadEntry, 'action' | 'source'>,
  vendor: VendorName,
): string | undefined {
  if (action === undefined || source?.name !== SELF_SOURCE || !Object.hasOwn(SELF_ACTIONS, action))
    return action
  return vendorAction(action as SelfAction, vendor) ?? action
}

/** Holds for the entries of which the shown action contains `needle`, whatever its case. */
export function shownActionContains(needle: string, vendor: VendorName): Filter {
  const contains: Filter = { op: 'contains', field: 'action', needle }
  const folded = foldCase(needle)
  const translated = (Object.keys(SELF_ACTIONS) as SelfAction[]).flatMap((action) => {
    const name = vendorAction(action, vendor)
    return name === undefined ? [] : [{ action, name }]
  })
  const gained = translated.filter(({ name }) => foldCase(name).includes(folded))
  const lost = translated.filter(({ action }) => foldCase(action).includes(folded))
  // Nearly every needle is in none of these names, and the index is asked nothing more.
  const shown: Filter =
    lost.length === 0 ? contains : { op: 'and', filters: [contains, { op: 'not', filter: ownOf(lost) }] }
  return gained.length === 0 ? shown : { op: 'or', filters: [shown, ownOf(gained)] }
}

function ownOf(translated: readonly { readonly action: SelfAction }[]): Filter {
  return {
    op: 'and',
    filters: [
      { op: 'equals', field: 'source.name', values: [SELF_SOURCE] },
      { op: 'equals', field: 'action', values: translated.map(({ action }) => action) },
    ],
  }
}
