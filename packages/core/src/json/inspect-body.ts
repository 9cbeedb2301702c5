import type { Json } from '../entry/entry.js'
import type { AdmissionLimits } from '../entry/limits.js'
import type { Report } from '../entry/report.js'
import { endOfWhiteSpace, LINE_FEED, OPEN_BRACKET, startOfTrailingWhiteSpace } from './ascii.js'
import { isArray } from './canonical.js'
import { Inspector } from './inspector.js'
import { parseJson } from './parse.js'
import type { BodyFormat, BodyReading } from './read-body.js'
import { decodeLeniently } from './utf8.js'

const NOTHING: BodyReading = { values: [], single: false }

/**
 * The exact way to read a body: reports every fault and its place. Several times slower than `readBody`, which
 * comes here only when it suspects one. Gives the values that can be read in spite of their faults.
 */
export function inspectBody(
  body: Uint8Array,
  format: BodyFormat,
  limits: AdmissionLimits,
  report: Report,
): BodyReading {
  if (endOfWhiteSpace(body, 0) === body.length) {
    report.add('empty', 'The body is empty; send at least one entry.')
    return NOTHING
  }
  const inspector = new Inspector(body, limits, report)
  return format === 'json' ? inspectJson(inspector, body) : inspectLines(inspector, body, limits, report)
}

function inspectJson(inspector: Inspector, body: Uint8Array): BodyReading {
  const single = body[endOfWhiteSpace(body, 0)] !== OPEN_BRACKET
  const readable = single ? inspector.inspectEntry(0, body.length) : inspector.inspectBatch()
  const value = readable ? parseJson(decodeLeniently(body)) : undefined
  if (value === undefined) return NOTHING
  return { values: isArray(value) ? value : [value], single }
}

function inspectLines(
  inspector: Inspector,
  body: Uint8Array,
  limits: AdmissionLimits,
  report: Report,
): BodyReading {
  const values: (Json | undefined)[] = []
  const end = startOfTrailingWhiteSpace(body)
  let start = 0
  while (start < end) {
    if (values.length === limits.entries) {
      inspector.reportTooMany()
      return NOTHING
    }
    const lineFeed = body.indexOf(LINE_FEED, start)
    const lineEnd = lineFeed === -1 ? end : Math.min(lineFeed, end)
    report.enter(values.length)
    const blank = endOfWhiteSpace(body, start) >= lineEnd
    if (blank) report.add('empty', 'The line is blank; blank lines may stand only at the end of the body.')
    const readable = !blank && inspector.inspectEntry(start, lineEnd)
    report.leave()
    values.push(readable ? parseJson(decodeLeniently(body.subarray(start, lineEnd))) : undefined)
    start = lineEnd + 1
  }
  return { values, single: false }
}
