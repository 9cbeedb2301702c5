import { SECTION_PATHS, type SectionPath } from '../entry/admission.js'
import { toHex } from '../hash/sha256.js'

/**
 * A section as an export shows it: what it says and the salt that it was committed under; or, when it was erased or is
 * held back, the commitment alone, which still proves that something was there and what its place was.
 */
export type DisclosedSection =
  | { readonly path: SectionPath; readonly salt: Uint8Array; readonly json: string }
  | { readonly path: SectionPath; readonly commitment: Uint8Array }

/** What leads from one entry, by itself, to a checkpoint. */
export interface InclusionParts {
  /** The origin that the leaf names, where it is that of an earlier epoch than the checkpoint's. */
  readonly log?: string
  /** `entry_hash` of the entry before, 64 hex digits: the one part of the leaf that content does not give. */
  readonly prev: string
  /** The inclusion proof, leaf's sibling first. */
  readonly path: readonly Uint8Array[]
}

/** An entry as an export shows it. */
export interface Disclosure {
  readonly id: string
  readonly seq: number
  /** `2026-11-21T02:00:00.123456Z` */
  readonly recordedAt: string
  /** In the order of their paths, as they were committed. */
  readonly sections: readonly DisclosedSection[]
  /** In an export of single entries; in one of a whole log, tiles and bundles say it. */
  readonly inclusion?: InclusionParts
}

/**
 * One line of `disclosures.jsonl`, without its newline: canonical JSON (RFC 8785), in which each section's value stands as
 * the very bytes that were committed.
 *
 * ```
 * {"id":"…","recorded_at":"…","sections":[SECTION,…],"seq":7}
 * {"id":"…","inclusion":["<hex>",…],"prev":"<hex>","recorded_at":"…","sections":[SECTION,…],"seq":7}
 * {"id":"…","inclusion":["<hex>",…],"log":"<origin>","prev":"<hex>","recorded_at":"…","sections":[SECTION,…],"seq":7}
 * SECTION = {"path":"/actor","salt":"<hex>","value":…}  or  {"commitment":"<hex>","path":"/actor"}
 * ```
 */
export function disclosureLine({ id, seq, recordedAt, sections, inclusion }: Disclosure): string {
  const proof = inclusion === undefined ? '' : inclusionText(inclusion)
  return `{"id":"${id}",${proof}"recorded_at":"${recordedAt}","sections":[${sections.map(sectionText).join(',')}],"seq":${seq}}`
}

function inclusionText({ path, log, prev }: InclusionParts): string {
  const epoch = log === undefined ? '' : `"log":"${log}",`
  return `"inclusion":[${path.map((hash) => `"${toHex(hash)}"`).join(',')}],${epoch}"prev":"${prev}",`
}

function sectionText(section: DisclosedSection): string {
  return 'commitment' in section
    ? `{"commitment":"${toHex(section.commitment)}","path":"${section.path}"}`
    : `{"path":"${section.path}","salt":"${toHex(section.salt)}","value":${section.json}}`
}

/** Place of a section in the order of commitments. */
export function sectionOrder(path: SectionPath): number {
  return SECTION_PATHS.indexOf(path)
}
