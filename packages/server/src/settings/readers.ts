import { parseCidr, parseIpAddress } from '@counterfoil/core'

/** A setting: where it may be given, and what its text means. */
export interface Definition<T> {
  readonly variable: string
  readonly fallback: T
  readonly description: string
  /** Secret values are never shown. */
  readonly secret?: boolean
  /** The value of `text`, or a sentence about what is wrong with it. */
  readonly read: (text: string) => { readonly value: T } | { readonly problem: string }
}

export const text = (value: string) => ({ value })
export const optionalUrl = (value: string) =>
  value === '' || /^https?:\/\/\S+$/.test(value)
    ? { value }
    : { problem: 'must be an http:// or https:// URL' }
export const integer = (min: number, max: number) => (value: string) => {
  const number = Number(value)
  return /^\d+$/.test(value) && number >= min && number <= max
    ? { value: number }
    : { problem: `must be a whole number from ${min} to ${max}` }
}
export const oneOf =
  <T extends string>(choices: readonly T[]) =>
  (value: string) =>
    choices.includes(value as T) ? { value: value as T } : { problem: `must be one of ${choices.join(', ')}` }

/** `a=1,b=2`; the keys are checked where they mean something. */
export const assignments = (value: string) => {
  const pairs = value
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => part.split('=').map((side) => side.trim()))
  return pairs.every((pair) => pair.length === 2 && pair.every((side) => side !== ''))
    ? { value: Object.fromEntries(pairs) as Readonly<Record<string, string>> }
    : { problem: 'must be a list such as name=value,name=value' }
}

/** `10.0.0.1,10.1.0.0/16` */
export const addresses = (value: string) => {
  const parts = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const wrong = parts.find(
    (part) => (part.includes('/') ? parseCidr(part) : parseIpAddress(part)) === undefined,
  )
  return wrong === undefined
    ? { value: parts as readonly string[] }
    : { problem: `must hold addresses or blocks such as 10.0.0.0/8; "${wrong}" is neither` }
}

/** `https://app.example.com,https://admin.example.com` */
export const origins = (value: string) => {
  const parts = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const wrong = parts.find(
    (part) =>
      // A pattern parses as a host name, and would never match.
      part.includes('*') ||
      !URL.canParse(part) ||
      !/^https?:$/.test(new URL(part).protocol) ||
      new URL(part).origin !== part,
  )
  return wrong === undefined
    ? { value: parts as readonly string[] }
    : { problem: `must hold origins such as https://app.example.com; "${wrong}" is none` }
}

export const define = <T>(
  variable: string,
  fallback: T,
  read: Definition<T>['read'],
  description: string,
  secret = false,
): Definition<T> => ({ variable, fallback, read, description, secret })

export function rate(variable: string, fallback: number, description: string): Definition<number> {
  return define(variable, fallback, integer(0, 10_000_000), description)
}
