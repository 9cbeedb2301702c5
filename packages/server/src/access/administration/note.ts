import assert from 'node:assert/strict'
import {
  admitEntries,
  type JsonObject,
  type Mode,
  type Outcome,
  type Resource,
  type Severity,
} from '@counterfoil/core'
import { uuidV7 } from '../../journal/uuid.js'
import type { AccessRecords } from '../access-store.js'
import { SELF_ACTIONS, SELF_SOURCE, type SelfAction } from '../actions.js'
import type { Doer } from './doer.js'

/** An entry about ourselves. Before and after are public shapes: no secret is ever in them. */
export interface Note {
  readonly organizationId: string
  /** The log that it goes to; live, unless the thing belongs to test. */
  readonly mode?: Mode
  readonly action: SelfAction
  readonly by: Pick<Doer, 'actor' | 'context'>
  readonly resource?: Resource
  readonly before?: JsonObject
  readonly after?: JsonObject
  readonly metadata?: JsonObject
  readonly outcome?: Outcome
  /** `info` for a success and `warning` for the rest when left out. */
  readonly severity?: Severity
  readonly errorCode?: string
}

/**
 * Commits an entry about ourselves to the outbox, on its way to the journal. Called inside of the transaction of the
 * change that it tells of, so that there is never one without the other; the journal takes it exactly once by its id,
 * which is returned.
 */
export async function note(
  access: AccessRecords,
  { organizationId, mode = 'live', ...content }: Note,
): Promise<string> {
  const { id, json } = noteBody(content)
  await access.outbox.add({ organization_id: organizationId, mode }, json)
  return id
}

/** The entry of a note as JSON, with the id that it carries; a new one when none is given. */
export function noteBody(
  { action, by, ...more }: Omit<Note, 'organizationId' | 'mode'>,
  id: string = uuidV7(),
): { readonly id: string; readonly json: string } {
  const { category, sentence } = SELF_ACTIONS[action]
  const entry = {
    id,
    action,
    category,
    severity:
      more.severity ?? (more.outcome === undefined || more.outcome === 'success' ? 'info' : 'warning'),
    outcome: more.outcome ?? 'success',
    description: sentence,
    actor: by.actor,
    source: { name: SELF_SOURCE },
    occurred_at: new Date().toISOString(),
    ...(by.context === undefined ? {} : { context: by.context }),
    ...(more.errorCode === undefined ? {} : { error_code: more.errorCode }),
    ...(more.resource === undefined ? {} : { resource: more.resource }),
    ...(more.before === undefined ? {} : { before: more.before }),
    ...(more.after === undefined ? {} : { after: more.after }),
    ...(more.metadata === undefined ? {} : { metadata: more.metadata }),
  }
  const json = JSON.stringify(entry)
  // What the journal would refuse later must not be committed now.
  const admission = admitEntries(new TextEncoder().encode(json), 'json')
  assert(admission.admitted, `an entry about ${action} that cannot be recorded: ${JSON.stringify(admission)}`)
  return { id, json }
}
