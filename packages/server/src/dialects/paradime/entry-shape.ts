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
  /** Kinds of integers that are asked for, with the text that one stands for. */
  readonly #idTexts: readonly (readonly [IdKind, (entry: ReadEntry) => string | undefined])[]
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
    const asked = new Set(fields.flatMap(([, field]) => idKindOf(field) ?? []))
    this.#idTexts = [...asked].map((kind) => [kind, ID_TEXTS[kind]] as const)
  }

  /** Assigns the integers that stand for texts of these entries: before they are written. */
  async assignIds(entries: readonly ReadEntry[]): Promise<void> {
    for (const [kind, textOf] of this.#idTexts) {
      const known = this.#known[kind]
      const texts = new Set(entries.map(textOf).filter((text) => text !== undefined && !known.has(text)))
      const unknown = [...texts] as string[]
      if (unknown.length === 0) continue
      const numbers = await this.#ids.assign(this.#organizationId, kind, unknown)
      for (const [i, text] of unknown.entries()) known.set(text, String(numbers[i]))
    }
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
        return (entry) => this.#id('workspace', entry)
      case 'workspaceName':
        return ({ workspace }) => JSON.stringify(workspace?.name ?? workspace?.id ?? '')
      case 'actorType':
        return ({ actor }) => JSON.stringify(actor?.type ?? 'unknown')
      case 'actorUserId':
        return (entry) => this.#id('actor', entry)
      case 'actorEmail':
        return ({ actor }) => JSON.stringify(actor?.email ?? null)
      case 'eventSourceId':
        return (entry) => this.#id('source', entry)
      case 'eventSource':
        return ({ source }) => JSON.stringify(source?.name ?? '')
      case 'eventId':
        return (entry) => this.#id('action', entry)
      case 'eventType':
        return ({ action }) => JSON.stringify(action ?? '')
      case 'metadataJson':
        return metadata === 'string'
          ? ({ metadata: value }) => (value === undefined ? 'null' : JSON.stringify(JSON.stringify(value)))
          : ({ metadata: value }) => (value === undefined ? 'null' : JSON.stringify(value))
    }
  }

  #id(kind: IdKind, entry: ReadEntry): string {
    const text = ID_TEXTS[kind](entry)
    if (text === undefined) return NONE
    const known = this.#known[kind].get(text)
    if (known === undefined) throw new Error('an entry is written whose integers were not assigned')
    return known
  }
}

/** The text of an entry that an integer of each kind stands for. */
const ID_TEXTS: Readonly<Record<IdKind, (entry: ReadEntry) => string | undefined>> = {
  workspace: ({ workspace }) => workspace?.id,
  actor: actorText,
  source: ({ source }) => source?.name,
  action: ({ action }) => action,
}

function idKindOf(field: EntryField | null): IdKind | undefined {
  switch (field) {
    case 'workspaceId':
      return 'workspace'
    case 'actorUserId':
      return 'actor'
    case 'eventSourceId':
      return 'source'
    case 'eventId':
      return 'action'
    default:
      return undefined
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
