import { OPERATION_TYPES, SEVERITIES, type Severity } from '../../entry/entry.js'
import { ipBytes, ipRange, SEVERITY_RANK } from '../fields.js'
import type { Filter, StringField } from '../query.js'
import { anyOf, equalsAny, fieldReader, isPresence, type ValueReader } from './comparisons.js'
import { nearestWord } from './nearest-word.js'
import type { SearchReport } from './problem.js'
import type { TermValue } from './terms.js'

/** `order` is the action itself and everything below it, as on GitHub: `order.created`, not `orders`. */
export const readAction = fieldReader(['action'], {
  plain: ({ text }) =>
    anyOf([
      { op: 'equals', field: 'action', values: [text] },
      { op: 'prefix', field: 'action', prefix: `${text}.` },
    ]),
})

/** A field with few values, told apart without regard to case; another value is likely a slip. */
export function choiceReader(field: StringField, choices: readonly string[]): ValueReader {
  return fieldReader([field], { plain: (value, report) => equalsChoice(field, choices, value, report) })
}

function equalsChoice(
  field: StringField,
  choices: readonly string[],
  value: TermValue,
  report: SearchReport,
): Filter | undefined {
  const choice = choices.find((name) => name === value.text.toLowerCase())
  if (choice !== undefined) return equalsAny([field], choice)
  const nearest = nearestWord(value.text.toLowerCase(), choices)
  const guess = nearest === undefined ? '' : `Did you mean “${nearest}”? `
  return report.add(value, `“${value.text}” is none of its values. ${guess}They are ${choices.join(', ')}.`)
}

const readSeverityName = choiceReader('severity', SEVERITIES)

/** `error` is this one level, `>=warning` and its like compare ranks. */
export const readSeverity: ValueReader = (value, report) => {
  const { operator } = value
  if (operator === '' || operator === '=') return readSeverityName(value, report)
  const named = equalsChoice('severity', SEVERITIES, value, report)
  if (named?.op !== 'equals') return undefined
  const severity = named.values[0] as Severity
  const atLeast: Filter = { op: 'severity_at_least', severity }
  if (operator === '>=') return atLeast
  if (operator === '<') return { op: 'not', filter: atLeast }
  const next = SEVERITIES[SEVERITY_RANK[severity] + 1]
  if (next === undefined)
    return report.add(value, `No level is above ${severity}; write severity:${severity} or leave this out.`)
  const above: Filter = { op: 'severity_at_least', severity: next }
  return operator === '>' ? above : { op: 'not', filter: above }
}

/** GitHub's audit log has an `operation` of its own, with these values. */
const GITHUB_OPERATIONS = ['access', 'authentication', 'create', 'modify', 'remove', 'restore', 'transfer']

export const readOperation = fieldReader(['operation.type'], {
  plain: (value, report) =>
    GITHUB_OPERATIONS.includes(value.text.toLowerCase())
      ? report.add(
          value,
          `Here the operation is that of an API: ${OPERATION_TYPES.join(', ')}. For what was done look at the action, as in action:*${value.text.toLowerCase()}*.`,
        )
      : equalsChoice('operation.type', OPERATION_TYPES, value, report),
})

/** `order:ord_1` is type and id; without a colon, or as a whole, it is the id, the label or the type. */
const readResourceText = fieldReader(['resource.id', 'resource.label', 'resource.type'], {
  plain: ({ text }) =>
    withTypeAndId(text, equalsAny(['resource.id', 'resource.label', 'resource.type'], text), (id) =>
      equalsAny(['resource.id'], id),
    ),
  presence: ['resource.type'],
})

export const readResource: ValueReader = (value, report) => {
  const whole = readResourceText(value, report)
  const isPrefix = value.starLast && !value.starFirst && !isPresence(value)
  if (whole === undefined || !isPrefix) return whole
  return withTypeAndId(value.text, whole, (id) =>
    id === '' ? { op: 'present', field: 'resource.id' } : { op: 'prefix', field: 'resource.id', prefix: id },
  )
}

function withTypeAndId(text: string, whole: Filter, readId: (id: string) => Filter): Filter {
  const colon = text.indexOf(':')
  if (colon === -1) return whole
  const type = equalsAny(['resource.type'], text.slice(0, colon))
  return anyOf([whole, { op: 'and', filters: [type, readId(text.slice(colon + 1))] }])
}

const readIpText = fieldReader(['ip_address'], {
  plain: (value, report) => {
    const block = value.text.includes('/')
      ? value.text
      : `${value.text}/${value.text.includes(':') ? 128 : 32}`
    if (ipRange(block) !== undefined) return { op: 'cidr', block }
    return report.add(value, ipMessage(value.text))
  },
})

/** An address in any spelling, a block, or `10.0.*`; `=` and a quoted prefix compare the text as it was sent. */
export const readIp: ValueReader = (value, report) => {
  const octets =
    value.starLast && !value.starFirst && !value.quoted ? /^(?:\d{1,3}\.){1,3}$/.exec(value.text) : null
  if (octets === null || value.operator !== '') return readIpText(value, report)
  const given = value.text.split('.').length - 1
  const block = `${value.text}${Array(4 - given)
    .fill('0')
    .join('.')}/${8 * given}`
  return ipRange(block) === undefined ? report.add(value, ipMessage(value.text)) : { op: 'cidr', block }
}

function ipMessage(text: string): string {
  const [address = '', length] = text.split('/')
  if (length !== undefined && /^\d{1,3}$/.test(length) && ipBytes(address) !== undefined)
    return `“${text}” is no block: its prefix is too long, or a bit is set behind it. 10.0.0.0/8 is one.`
  return `“${text}” is neither an address, nor a block such as 10.0.0.0/8, nor a start such as 10.0.*.`
}

/** Nobody types a whole user agent: a plain value is a part of it. */
export const readUserAgent = fieldReader(['user_agent'], {
  plain: ({ text, ...span }, report) =>
    text === ''
      ? report.add(span, 'Write ua:="" for no user agent.')
      : { op: 'contains', field: 'user_agent', needle: text },
})
