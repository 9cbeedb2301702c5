import type { Json } from '../entry/entry.js'
import type { AdmissionLimits } from '../entry/limits.js'
import type { Report } from '../entry/report.js'
import { endOfWhiteSpace, OPEN_BRACKET, startOfTrailingWhiteSpace } from './ascii.js'
import { isArray } from './canonical.js'
import { countKeys } from './count-keys.js'
import { inspectBody } from './inspect-body.js'
import { parseJson } from './parse.js'
import { SUSPECT, scanJson } from './scan.js'
import { decodeUtf8 } from './utf8.js'

/** `json`: one value, or an array of them. `ndjson`: one value a line; blank lines only at the end. */
export type BodyFormat = 'json' | 'ndjson'

export interface BodyReading {
  /** In the order of the body; undefined where a value could not be read, which is then reported. */
  readonly values: readonly (Json | undefined)[]
  /** The body is one value without an array around it: pointers to it have no index. */
  readonly single: boolean
}

/**
 * Reads JSON from bytes without altering anything in silence. What native parsing would alter is reported:
 * invalid UTF-8, duplicate keys, lone surrogates, numbers that are no doubles; and, because stores cannot hold
 * it, NUL; and what is past a limit. Values with such faults are still given where that is possible, so that
 * their other faults can be reported too. An object's key `__proto__` becomes a key like any other.
 */
export function readBody(
  body: Uint8Array,
  format: BodyFormat,
  limits: AdmissionLimits,
  report: Report,
): BodyReading {
  if (body.length > limits.bodyBytes) {
    report.add('too_large', `The body has ${body.length} bytes; at most ${limits.bodyBytes} are allowed.`)
    return { values: [], single: false }
  }
  const clean = format === 'json' ? readCleanJson(body, limits) : readCleanLines(body, limits)
  if (clean !== undefined && clean.values.length <= limits.entries) return clean
  const before = report.count
  const reading = inspectBody(body, format, limits, report)
  if (report.count === before)
    throw new Error('The scan suspects JSON in which the inspection finds no fault.')
  return reading
}

/** The quick way: native parsing between two checks. Gives undefined where anything at all is wrong. */
function readCleanJson(body: Uint8Array, limits: AdmissionLimits): BodyReading | undefined {
  const single = body[endOfWhiteSpace(body, 0)] !== OPEN_BRACKET
  const keys = scanJson(body, single ? 0 : 1, limits)
  const text = keys === SUSPECT ? undefined : decodeUtf8(body)
  const value = text === undefined ? undefined : parseJson(text)
  if (value === undefined || countKeys(value) !== keys) return undefined
  return { values: isArray(value) ? value : [value], single }
}

function readCleanLines(body: Uint8Array, limits: AdmissionLimits): BodyReading | undefined {
  const keys = scanJson(body, 0, limits)
  const text = keys === SUSPECT ? undefined : decodeUtf8(body.subarray(0, startOfTrailingWhiteSpace(body)))
  if (text === undefined) return undefined
  const values: Json[] = []
  let keysParsed = 0
  for (const line of text.split('\n')) {
    const value = parseJson(line)
    if (value === undefined) return undefined
    keysParsed += countKeys(value)
    values.push(value)
  }
  // No line has more keys than the scan saw in it, so equal sums mean that every line is equal.
  return keysParsed === keys ? { values, single: false } : undefined
}
