import { admitEntries, ENTRY_BYTES_MAX, type JsonObject } from '@counterfoil/core'
import type { ByteInput } from './byte-input.js'
import { toCloudTrailEntry } from './cloudtrail-mapping.js'
import { derivedId } from './derived-id.js'
import { type ImportSource, type Mapped, refused, type SourceItem } from './import-source.js'
import { refusedJson, tooLong } from './ndjson-source.js'
import { beginsWithArray, elementsOf, linesOf, type Piece } from './pieces.js'
import { RepeatCounter } from './repeat-counter.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** AWS CloudTrail: an event a line, or a file as CloudTrail delivers it, `{"Records":[…]}`. */
export function cloudTrailSource(input: ByteInput): ImportSource {
  return {
    fraction: input.fraction,
    items: (skip) => itemsOf(input, skip),
  }
}

async function* itemsOf(input: ByteInput, skip: number): AsyncIterable<SourceItem> {
  const { isArray, chunks } = await beginsWithArray(input.chunks)
  const pieces = isArray ? elementsOf(chunks, ENTRY_BYTES_MAX) : linesOf(chunks, ENTRY_BYTES_MAX)
  const repeats = await RepeatCounter.open()
  try {
    for await (const piece of pieces) {
      const ordinal = piece.bytes === undefined ? 0 : repeats.ordinal(piece.bytes)
      if (piece.number <= skip) continue
      yield {
        number: piece.number,
        place: `${isArray ? 'event' : 'line'} ${piece.number}`,
        original: piece.bytes?.toString() ?? '',
        mapped: toEntry(piece, ordinal),
      }
    }
  } finally {
    repeats.close()
  }
}

function toEntry({ bytes, length }: Piece, ordinal: number): Mapped {
  if (bytes === undefined) return tooLong(length)
  const event = readEvent(bytes)
  if (!('members' in event)) return event
  const { eventID } = event.members
  const id =
    typeof eventID === 'string' && UUID.test(eventID)
      ? eventID
      : derivedId('cloudtrail', bytes, String(ordinal))
  const entry = toCloudTrailEntry(event.members, id)
  return 'reason' in entry
    ? refused('not_an_event', entry.reason)
    : { entry: Buffer.from(JSON.stringify(entry)) }
}

/**
 * The event's members, when nothing is lost by parsing them. The core decides that, from the bytes, as it will when
 * the entry arrives: by then JSON.parse has already rounded a number or dropped a repeated key.
 */
function readEvent(bytes: Buffer): { readonly members: JsonObject } | Mapped {
  try {
    JSON.parse(bytes.toString())
  } catch {
    return refusedJson(bytes)
  }
  const body = Buffer.concat([Buffer.from('{"action":"aws.event","metadata":'), bytes, Buffer.from('}')])
  const admission = admitEntries(body, 'json')
  if (admission.admitted) return { members: admission.entries[0]?.content.metadata ?? {} }
  const [problem] = admission.problems
  const place = problem?.pointer.replace(/^\/metadata/, '') ?? ''
  return refused(
    problem?.code ?? 'invalid_json',
    `${place === '' ? '' : `${place}: `}${problem?.message ?? ''}`,
  )
}
