import { admitEntries, ENTRY_BYTES_MAX } from '@counterfoil/core'
import type { ByteInput } from './byte-input.js'
import { derivedId } from './derived-id.js'
import { type ImportSource, type Mapped, refused, type SourceItem } from './import-source.js'
import { linesOf, type Piece } from './pieces.js'
import { RepeatCounter } from './repeat-counter.js'

/** One entry a line, sent on as the very bytes that stand there; a line without an id is given one. */
export function ndjsonSource(input: ByteInput): ImportSource {
  return {
    fraction: input.fraction,
    items: (skip) => itemsOf(input, skip),
  }
}

async function* itemsOf({ chunks }: ByteInput, skip: number): AsyncIterable<SourceItem> {
  const repeats = await RepeatCounter.open()
  try {
    for await (const line of linesOf(chunks, ENTRY_BYTES_MAX)) {
      const ordinal = line.bytes === undefined ? 0 : repeats.ordinal(line.bytes)
      if (line.number <= skip) continue
      const original = line.bytes?.toString() ?? ''
      yield { number: line.number, place: `line ${line.number}`, original, mapped: toEntry(line, ordinal) }
    }
  } finally {
    repeats.close()
  }
}

function toEntry({ bytes, length }: Piece, ordinal: number): Mapped {
  if (bytes === undefined) return tooLong(length)
  let value: unknown
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    return refusedJson(bytes)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refused('wrong_type', 'An entry is a JSON object.')
  if (Object.hasOwn(value, 'id')) return { entry: bytes }
  // The id is put before what was sent: parsing and printing again could alter a number.
  const id = JSON.stringify(derivedId('ndjson', bytes, String(ordinal)))
  const more = Object.keys(value).length > 0 ? ',' : ''
  return { entry: Buffer.concat([Buffer.from(`{"id":${id}${more}`), bytes.subarray(1)]) }
}

export function tooLong(length: number): Mapped {
  return refused('too_large', `This has ${length} bytes; an entry has at most ${ENTRY_BYTES_MAX}.`)
}

/** What the server would say of bytes that are no JSON. */
export function refusedJson(bytes: Uint8Array): Mapped {
  const admission = admitEntries(bytes, 'json')
  const problem = admission.admitted ? undefined : admission.problems[0]
  const message = problem?.message ?? 'This is not JSON.'
  // Line and byte count from the start of these bytes, which are themselves a line of something larger.
  return refused(
    problem?.code ?? 'invalid_json',
    message.replace(/\(line 1, (column \d+), byte \d+\)/, '($1)'),
  )
}
