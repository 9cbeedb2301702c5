import {
  BodyHasher,
  canonicalJson,
  fromHex,
  type Json,
  LeafHasher,
  type SectionPath,
  toHex,
} from '@counterfoil/core'
import { sha256Into } from './sha256.js'

/** `entry_disclosure`: all that an entry's hash is computed from. */
export interface EntryDisclosure {
  readonly log: string
  readonly prev_hash: string
  readonly entry_hash: string
  readonly id: string
  readonly recorded_at: string
  readonly seq: number
  readonly sections: readonly (
    | { readonly path: SectionPath; readonly salt: string; readonly value: Json }
    | { readonly path: SectionPath; readonly commitment: string }
  )[]
}

/** The entry's hash as its disclosed content gives it: the server is not asked whether it is right. */
export function recomputedHash(disclosure: EntryDisclosure): string {
  const bodies = new BodyHasher(sha256Into)
  const body = new Uint8Array(32)
  bodies.begin()
  for (const section of disclosure.sections) {
    if ('commitment' in section) bodies.addCommitment(bytesOf(section.commitment))
    else bodies.addSection(section.path, bytesOf(section.salt), 0, canonicalJson(section.value))
  }
  bodies.finish(body, 0)
  return new LeafHasher(sha256Into).hashHex({
    body: toHex(body),
    id: disclosure.id,
    log: disclosure.log,
    prev: disclosure.prev_hash,
    seq: disclosure.seq,
    t: disclosure.recorded_at,
  })
}

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex)
  if (bytes === undefined) throw new Error('A salt or commitment is no hex.')
  return bytes
}
