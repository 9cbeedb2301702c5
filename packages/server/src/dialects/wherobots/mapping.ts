import { type OwnActionNames, vendorActionOf } from '../../http/own-action-names.js'
import type { ReadEntry } from '../../reading/reads.js'
import type { WherobotsEvent } from './schema.js'

/** The sections that hold what an event shows. */
export const EVENT_SECTIONS = ['/actor', '/context', '/event'] as const

/**
 * An entry as an event. Each property is written out: clients may refuse others. What was erased, and what is empty,
 * is null; `action_name` alone must be a string.
 */
export function toEvent(entry: ReadEntry, names: OwnActionNames): WherobotsEvent {
  const { actor, context, resource, source } = entry
  return {
    event_id: entry.id,
    event_time: entry.recorded_at,
    action_name: (names === 'vendor' ? vendorActionOf(entry, 'wherobots') : entry.action) ?? '',
    user_id: actor?.id || null,
    user_name: actor?.email || actor?.label || actor?.name || null,
    user_agent: context?.user_agent || null,
    source_ip: context?.ip_address || null,
    resource_name: resource?.label || null,
    resource_id: resource?.id || null,
    compute_region: context?.region || null,
    // The vendor nowhere says what it holds. Actors who stand behind an actor are no clients, so they are not put here.
    client_chain: null,
    source_client: source?.name || null,
  }
}
