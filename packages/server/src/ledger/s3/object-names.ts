import { TILE_WIDTH } from '@counterfoil/core'
import type { LedgerObject } from '../ledger.js'

/**
 * Keys of a ledger. Tiles lie as c2sp.org/tlog-tiles lays them out, under their log's origin, so that a tool that reads
 * published logs reads them here. What only this server reads lies beside them:
 *
 * ```
 * logs/<origin, percent-encoded>          nothing; which logs there are
 * erasures                                changes whenever something was erased
 * <origin>/tile/<level>/<index>           8,192 bytes
 * <origin>/bundle/<index>                 SHA-256 of what follows (32) || a bundle, see bundle.ts
 * <origin>/root/<level>/<index>           32 bytes; what is kept of a tile that was pruned
 * <origin>/state/size/<n>                 nothing; so many entries rest here, all of whose objects were there before
 * <origin>/state/begin/<n>                nothing; entries below were pruned
 * <origin>/state/removed/<n>              nothing; bundles of entries below have been deleted since
 * ```
 *
 * n is 10^15 less the number, in 16 digits. These numbers only grow: the greatest counts, and each is an object of its own, so
 * that no writer can put an older number in the place of a newer one.
 */
export const LOGS = 'logs/'
export const ERASURES = 'erasures'

const NUMBER_END = 10 ** 15

export type Mark = 'size' | 'begin' | 'removed'

export function logKey(origin: string): string {
  return LOGS + encodeURIComponent(origin)
}

export function originOfLogKey(key: string): string {
  return decodeURIComponent(key.slice(LOGS.length))
}

export function statePrefix(origin: string): string {
  return `${origin}/state/`
}

export function markKey(origin: string, mark: Mark, value: number): string {
  return `${statePrefix(origin)}${mark}/${String(NUMBER_END - value).padStart(16, '0')}`
}

/** Undefined for what is no mark. */
export function parseMark(key: string): { readonly mark: Mark; readonly value: number } | undefined {
  const [, mark, digits] = /\/state\/(size|begin|removed)\/(\d{16})$/.exec(key) ?? []
  if (mark === undefined) return undefined
  return { mark: mark as Mark, value: NUMBER_END - Number(digits) }
}

export function tilesPrefix(origin: string): string {
  return `${origin}/tile/`
}

export function tileKey(origin: string, level: number, index: number): string {
  return `${tilesPrefix(origin)}${level}/${tilePath(index)}`
}

export function rootsPrefix(origin: string): string {
  return `${origin}/root/`
}

export function rootKey(origin: string, level: number, index: number): string {
  return `${rootsPrefix(origin)}${level}/${tilePath(index)}`
}

export function bundlesPrefix(origin: string): string {
  return `${origin}/bundle/`
}

export function bundleKey(origin: string, index: number): string {
  return bundlesPrefix(origin) + tilePath(index)
}

export function objectKey(origin: string, object: LedgerObject): string {
  return object.kind === 'tile'
    ? tileKey(origin, object.level, object.index)
    : bundleKey(origin, object.index)
}

/** How many entries a log has at least when it has this tile in full. */
export function endOfTile(level: number, index: number): number {
  return (index + 1) * TILE_WIDTH ** (level + 1)
}

/** `x001/x234/067` for 1,234,067. */
function tilePath(index: number): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const parts = padded.match(/.{3}/g) ?? []
  return parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join('/')
}

/** Level and index of a tile or a root, of its key without the prefix of all of them. */
export function parseTilePath(path: string): { readonly level: number; readonly index: number } {
  const [level = '', ...parts] = path.split('/')
  return { level: Number(level), index: Number(parts.map((part) => part.replace('x', '')).join('')) }
}
