import type { Entry } from '../api/entries.js'
import { actorName } from '../logs/columns.js'
import { isErased } from './erasures.js'

/** What happened, in words: what the client wrote, or else who did what to what. */
export function sentenceOf(entry: Entry): string {
  const { description, action, actor, resource, outcome } = entry
  if (description !== null && description !== '') return description
  if (action === null) return 'What this entry said was erased.'
  const who = actorName(actor) || (isErased(entry, '/actor') ? 'Somebody erased' : 'Somebody')
  const parts = action.split('.')
  const verb = (parts.at(-1) ?? action).replaceAll('_', ' ')
  const thing = resource?.type ?? parts.slice(0, -1).join(' ')
  const name = resource?.label ?? resource?.id ?? ''
  const what = name.toLowerCase().startsWith(thing.toLowerCase()) ? name : `${thing} ${name}`.trim()
  const failed = outcome === 'denied' ? ' (denied)' : outcome === 'failure' ? ' (failed)' : ''
  return `${who}: ${verb} ${what}${failed}`.trim()
}
