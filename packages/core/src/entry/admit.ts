import { diffJson } from '../diff/diff.js'
import { type BodyFormat, readBody } from '../json/read-body.js'
import type { Admission, AdmittedEntry } from './admission.js'
import { checkEntry, DEFAULT_CATEGORY, DEFAULT_OUTCOME, DEFAULT_SEVERITY, type SentEntry } from './content.js'
import type { EntryContent } from './entry.js'
import { ADMISSION_LIMITS, type AdmissionLimits } from './limits.js'
import { Report } from './report.js'
import { sectionsOf } from './sections.js'

/** A further look at each entry that breaks no rule of ours; the report stands at the entry. */
export type EntryInspector = (entry: SentEntry, report: Report) => void

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Decides whether a request body may be recorded, all of it or nothing. `json` is one entry or an array of them;
 * `ndjson` is one entry a line. Reports every broken rule of every entry at once, at most `PROBLEMS_MAX`, so that
 * a sender needs one round trip to fix them. Same bytes, same answer; it never throws for what a body holds.
 * `inspect` may report more.
 */
export function admitEntries(
  body: Uint8Array,
  format: BodyFormat,
  limits: Partial<AdmissionLimits> = {},
  inspect?: EntryInspector,
): Admission {
  const report = new Report()
  const { values, single } = readBody(body, format, { ...ADMISSION_LIMITS, ...limits }, report)
  const sent: SentEntry[] = []
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (value === undefined) continue
    if (!single) report.enter(index)
    const entry = checkEntry(value, report)
    if (entry !== undefined) inspect?.(entry, report)
    if (!single) report.leave()
    if (entry !== undefined) sent.push(entry)
  }
  if (report.count === 0 && sent.length === 0)
    report.add('empty', 'The body holds no entry; send at least one.')
  if (report.count > 0) return { admitted: false, problems: report.problems() }
  return { admitted: true, entries: sent.map(admitted) }
}

function admitted(sent: SentEntry): AdmittedEntry {
  const content = contentOf(sent)
  const sections = sectionsOf(content)
  return sent.id === undefined ? { content, sections } : { id: sent.id, content, sections }
}

/** Fills in the defaults and the computed diff. Key by key: what is not named here is not recorded. */
function contentOf(sent: SentEntry): EntryContent {
  const content: Writable<EntryContent> = {
    action: sent.action,
    category: sent.category ?? DEFAULT_CATEGORY,
    severity: sent.severity ?? DEFAULT_SEVERITY,
    outcome: sent.outcome ?? DEFAULT_OUTCOME,
  }
  if (sent.actor !== undefined) content.actor = sent.actor
  if (sent.resource !== undefined) content.resource = sent.resource
  if (sent.targets !== undefined) content.targets = sent.targets
  if (sent.description !== undefined) content.description = sent.description
  if (sent.error_code !== undefined) content.error_code = sent.error_code
  // A context without a field says nothing and has no section; leaving it out keeps content and sections one.
  if (sent.context !== undefined && Object.keys(sent.context).length > 0) content.context = sent.context
  if (sent.source !== undefined) content.source = sent.source
  if (sent.workspace !== undefined) content.workspace = sent.workspace
  if (sent.operation !== undefined) content.operation = sent.operation
  if (sent.before !== undefined) content.before = sent.before
  if (sent.after !== undefined) content.after = sent.after
  if (sent.metadata !== undefined) content.metadata = sent.metadata
  if (sent.occurred_at !== undefined) content.occurred_at = sent.occurred_at
  const diff =
    sent.before === undefined || sent.after === undefined ? sent.diff : diffJson(sent.before, sent.after)
  if (diff !== undefined) content.diff = diff
  return content
}
