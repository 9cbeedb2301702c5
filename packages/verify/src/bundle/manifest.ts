import {
  type EvidenceError,
  type Json,
  type JsonObject,
  malformed,
  PROOF_HASHES_MAX,
  TILE_WIDTH,
} from '@counterfoil/core'
import { type ByteStream, type EvidenceSource, streamOf } from '../source.js'

export const MANIFEST_FORMAT = 'counterfoil-export/v1'

/** Files of an export bundle beside tiles and entry bundles. */
export const BUNDLE_FILES = {
  manifest: 'manifest.json',
  checkpoint: 'checkpoint',
  key: 'log.vkey',
  policy: 'policy',
  page: 'verify.html',
  readme: 'README.txt',
} as const

/** Disclosures are cut into files of a few MiB, numbered from 0, so that no reader and no writer needs to hold more. */
export function disclosuresPath(index: number): string {
  return `disclosures/${String(index).padStart(6, '0')}.jsonl`
}

/** All disclosures of a bundle, file by file. */
export async function* disclosureFiles(source: EvidenceSource): AsyncGenerator<ByteStream> {
  for (let index = 0; ; index++) {
    const path = disclosuresPath(index)
    const stream = source.open === undefined ? await readWhole(source, path) : source.open(path)
    if (stream === undefined) return
    yield stream
  }
}

async function readWhole(source: EvidenceSource, path: string): Promise<ByteStream | undefined> {
  const bytes = await source.read(path)
  return bytes === undefined ? undefined : streamOf(bytes)
}

/** What a bundle says of itself. Nothing of it is believed: it is held against what the bundle holds. */
export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT
  /** A whole log with its tree; a part of it from one bundle to another, with the tree up to its end; or chosen entries, each with its own proof. */
  readonly kind: 'log' | 'part' | 'selection'
  readonly origin: string
  /** Entries that the checkpoint covers. */
  readonly size: number
  /** Entries in the bundle. */
  readonly entries: number
  readonly first_seq: number | null
  readonly last_seq: number | null
  /** Entries before were pruned, or are not of the part: a multiple of 256, 0 when left out. */
  readonly min_index?: number
  /** What leads from the tree up to the part's end to the checkpoint, base64. */
  readonly consistency?: readonly string[]
  readonly sections: { readonly disclosed: number; readonly redacted: number }
  /** What the entries of a selection were selected by, for people to read. */
  readonly selection?: Json
}

export function parseManifest(bytes: Uint8Array): Manifest {
  const value = parseJson(bytes)
  const { format, kind, origin, sections, selection } = value
  if (format !== MANIFEST_FORMAT) throw fault('format', `"${MANIFEST_FORMAT}"`)
  if (kind !== 'log' && kind !== 'part' && kind !== 'selection')
    throw fault('kind', '"log", "part" or "selection"')
  const minIndex = value.min_index === undefined ? 0 : count(value, 'min_index')
  if (minIndex % TILE_WIDTH !== 0) throw fault('min_index', 'a multiple of 256')
  if (typeof origin !== 'string' || origin === '') throw fault('origin', 'the origin of a log')
  if (!isObject(sections)) throw fault('sections', 'an object')
  return {
    format,
    kind,
    origin,
    size: count(value, 'size'),
    entries: count(value, 'entries'),
    first_seq: value.first_seq === null ? null : count(value, 'first_seq'),
    last_seq: value.last_seq === null ? null : count(value, 'last_seq'),
    ...(minIndex === 0 ? {} : { min_index: minIndex }),
    ...(kind === 'part' ? { consistency: textsOf(value.consistency) } : {}),
    sections: { disclosed: count(sections, 'disclosed'), redacted: count(sections, 'redacted') },
    ...(selection === undefined ? {} : { selection }),
  }
}

function textsOf(value: Json | undefined): readonly string[] {
  if (
    !Array.isArray(value) ||
    value.length > PROOF_HASHES_MAX ||
    value.some((text) => typeof text !== 'string')
  )
    throw fault('consistency', 'a list of hashes')
  return value as readonly string[]
}

function parseJson(bytes: Uint8Array): JsonObject {
  let value: Json
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json
  } catch {
    throw malformed('The manifest is not JSON.')
  }
  if (!isObject(value)) throw malformed('The manifest is not a JSON object.')
  return value
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function count(object: JsonObject, name: string): number {
  const value = object[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw fault(name, 'a whole number')
  return value
}

function fault(name: string, expected: string): EvidenceError {
  return malformed(`The manifest's "${name}" is not ${expected}.`)
}
