/** A block of addresses; `bytes` has every bit behind the first `bits` at zero. */
export interface Cidr {
  /** 16 bytes; an IPv4 block is mapped into `::ffff:0:0/96`. */
  readonly bytes: Uint8Array
  /** 0 to 128; an IPv4 block `/n` has 96 + n. */
  readonly bits: number
}

const DOT = 0x2e
const ZERO = 0x30
const GROUP = /^[0-9a-fA-F]{1,4}$/
const PREFIX_LENGTH = /^(?:0|[1-9]\d{0,2})$/
/** The longest text form: eight groups, the last two as an IPv4 address. */
const ADDRESS_LENGTH_MAX = 45

/**
 * Reads an IPv4 address (four decimal numbers, no leading zeros) or an IPv6 address (RFC 4291, without a zone id).
 * Gives 16 bytes, an IPv4 address as `::ffff:a.b.c.d`, so that both spellings of it are one; or undefined.
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (text.length > ADDRESS_LENGTH_MAX) return undefined
  if (text.includes(':')) return parseIpv6(text)
  const octets = parseIpv4(text)
  if (octets === undefined) return undefined
  const bytes = new Uint8Array(16)
  bytes[10] = 0xff
  bytes[11] = 0xff
  bytes.set(octets, 12)
  return bytes
}

/** Reads `address/bits`. A block with a bit set behind its prefix gives undefined: it is likely a slip. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  if (slash === -1) return undefined
  const address = text.slice(0, slash)
  const length = text.slice(slash + 1)
  const bytes = parseIpAddress(address)
  if (bytes === undefined || !PREFIX_LENGTH.test(length)) return undefined
  const bits = Number(length) + (address.includes(':') ? 0 : 96)
  if (bits > 128 || !isZeroFrom(bytes, bits)) return undefined
  return { bytes, bits }
}

/** Digit by digit: every entry has an address, and a regular expression took three times as long. */
function parseIpv4(text: string): readonly number[] | undefined {
  const octets: number[] = []
  let octet = 0
  let digits = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? DOT : text.charCodeAt(at)
    if (code === DOT) {
      if (digits === 0) return undefined
      octets.push(octet)
      octet = 0
      digits = 0
      continue
    }
    const digit = code - ZERO
    const leadingZero = digits > 0 && octet === 0
    octet = octet * 10 + digit
    if (digit < 0 || digit > 9 || leadingZero || octet > 255) return undefined
    digits++
  }
  return octets.length === 4 ? octets : undefined
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : []
  if (head === undefined || tail === undefined) return undefined
  const given = head.length + tail.length
  // `::` stands for at least one group of zeros.
  if (halves.length === 2 ? given > 14 : given !== 16) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(head, 0)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

/** The bytes of groups between colons; the last one may be an IPv4 address where `atEnd`. */
function parseGroups(text: string, atEnd: boolean): readonly number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (GROUP.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
      continue
    }
    const octets = atEnd && index === groups.length - 1 ? parseIpv4(group) : undefined
    if (octets === undefined) return undefined
    bytes.push(...octets)
  }
  return bytes
}

function isZeroFrom(bytes: Uint8Array, firstBit: number): boolean {
  return bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, firstBit - index * 8))
    return (byte & (0xff >> kept)) === 0
  })
}
