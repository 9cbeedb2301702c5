import type { IntegerIds } from '../../catalogue/integer-ids.js'
import type { ReadEntry } from '../../reading/reads.js'
import type { EntryField, MetadataForm } from './schema.js'

/** A field that was asked for: the key of the answer, as JSON, and which field goes there; null for `__typename`. */
export type AskedField = readonly [key: string, field: EntryField | null]

/** Kinds of integers that stand for texts. */
export type IdKind = 'workspace' | 'actor' | 'source' | 'action'

/** In place of a text that is not there. No text has it: assigned numbers and kept ones are never negative. */
const NONE = '-1'

/** Writes entries as JSON with the fields that were asked for. */
export class ParadimeEntries {
  /** With what stands before it. */
  readonly #keys: readonly string[]
  readonly #writers: readonly ((entry: ReadEntry) => string)[]
  readonly #ids: IntegerIds
  readonly #organizationId: string
  /** Integers by their texts, as JSON; a batch has a few of them many times over. */
  readonly #known: Readonly<Record<IdKind, Map<string, string>>> = {
    workspace: new Map(),
    actor: new Map(),
    source: new Map(),
    action: new Map(),
  }

  constructor(
    fields: readonly AskedField[],
    metadata: MetadataForm,
    ids: IntegerIds,
    organizationId: string,
  ) {
    this.#ids = ids
    this.#organizationId = organizationId
    this.#keys = fields.map(([key], i) => `${i === 0 ? '{' : ','}${key}:`)
    this.#writers = fields.map(([, field]) =>
      field === null ? () => '"AuditLog"' : this.#writer(field, metadata),
    )
  }

  toJson(entry: ReadEntry): string {
    let json = ''
    for (let i = 0; i < this.#keys.length; i++) json += this.#keys[i]! + this.#writers[i]!(entry)
    return `${json}}`
  }

  /** Each field is written out; nothing is spread from what a client sent. */
  #writer(field: EntryField, metadata: MetadataForm): (entry: ReadEntry) => string {
    switch (field) {
      case 'id':
        return ({ seq }) => String(seq + 1)
      case 'createdDttm':
      case 'updatedDttm':
        return ({ recorded_at }) => `"${toDttm(recorded_at)}"`
      case 'workspaceId':
        return ({ workspace }) => this.#id('workspace', workspace?.id)
      case 'workspaceName':
        return ({ workspace }) => JSON.stringify(workspace?.name ?? workspace?.id ?? '')
      case 'actorType':
        return ({ actor }) => JSON.stringify(actor?.type ?? 'unknown')
      case 'actorUserId':
        return (entry) => this.#id('actor', actorText(entry))
      case 'actorEmail':
        return ({ actor }) => JSON.stringify(actor?.email ?? null)
      case 'eventSourceId':
        return ({ source }) => this.#id('source', source?.name)
      case 'eventSource':
        return ({ source }) => JSON.stringify(source?.name ?? '')
      case 'eventId':
        return ({ action }) => this.#id('action', action)
      case 'eventType':
        return ({ action }) => JSON.stringify(action ?? '')
      case 'metadataJson':
        return metadata === 'string'
          ? ({ metadata: value }) => (value === undefined ? 'null' : JSON.stringify(JSON.stringify(value)))
          : ({ metadata: value }) => (value === undefined ? 'null' : JSON.stringify(value))
    }
  }

  #id(kind: IdKind, text: string | undefined): string {
    if (text === undefined) return NONE
    const known = this.#known[kind].get(text)
    if (known !== undefined) return known
    const assigned = String(this.#ids.assign(this.#organizationId, kind, [text])[0])
    this.#known[kind].set(text, assigned)
    return assigned
  }
}

/**
 * What stands for an actor. Users with whole numbers for ids keep them; anybody else goes by type and id, so that
 * user 7 and service 7 stay two. Without an id an e-mail address does.
 */
export function actorText({ actor }: Pick<ReadEntry, 'actor'>): string | undefined {
  if (actor?.id !== undefined) return userText(actor.type, actor.id)
  return actor?.email === undefined ? undefined : JSON.stringify([actor.type, 'email', actor.email])
}

/** The same of an actor with an id. */
export function userText(type: string, id: string): string {
  return type === 'user' && /^\d+$/.test(id) ? id : JSON.stringify([type, id])
}

/** `2024-02-13 16:09:29.718805`: microseconds, no zone, which is UTC. */
function toDttm(recordedAt: string): string {
  return `${recordedAt.slice(0, 10)} ${recordedAt.slice(11, 26)}`
}
