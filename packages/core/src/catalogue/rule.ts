import { parseIpAddress } from '../entry/ip-address.js'
import { parseRfc3339 } from '../entry/time.js'

export const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const
export type TypeName = (typeof TYPES)[number]

/** What a (sub)schema asks of a value; what is not there is not asked. */
export interface Rule {
  /** Subschemas in it, itself and what it refers to among them. */
  readonly weight: number
  /** The schema `false`. */
  readonly never?: boolean
  readonly refersTo?: Rule
  readonly types?: ReadonlySet<TypeName>
  readonly values?: ReadonlySet<string | number | boolean | null>
  readonly constant?: string | number | boolean | null
  readonly format?: keyof typeof FORMATS
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly required?: readonly string[]
  readonly properties?: ReadonlyMap<string, Rule>
  readonly additional?: Rule
  readonly items?: Rule
  readonly allOf?: readonly Rule[]
  readonly anyOf?: readonly Rule[]
  readonly oneOf?: readonly Rule[]
  readonly not?: Rule
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Formats that are held to; each takes time in proportion to the text. */
export const FORMATS = {
  'date-time': (text: string) => parseRfc3339(text) !== undefined,
  uuid: (text: string) => UUID.test(text),
  ipv4: (text: string) => !text.includes(':') && parseIpAddress(text) !== undefined,
  ipv6: (text: string) => text.includes(':') && parseIpAddress(text) !== undefined,
} as const satisfies Readonly<Record<string, (text: string) => boolean>>
