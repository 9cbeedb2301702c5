import { useLocation } from '../router/location.js'

const STORED = 'counterfoil.zone'

/** The zone of this device, such as `Europe/Zurich`. */
export const LOCAL_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** The zone that times are shown in: the link's, else the one that somebody prefers, else this device's. */
export function useZone(): string {
  return zoneOf(useLocation().params)
}

export function zoneOf(params: URLSearchParams): string {
  return readZone(params.get('tz') ?? preferredZone())
}

/** The zone that somebody prefers on this device; empty for the device's own. */
export function preferredZone(): string {
  return localStorage.getItem(STORED) ?? ''
}

export function preferZone(zone: string): void {
  if (zone === '') localStorage.removeItem(STORED)
  else localStorage.setItem(STORED, zone)
}

/** A zone that this browser knows; its own for anything else. */
export function readZone(text: string): string {
  if (text === '' || text === 'local') return LOCAL_ZONE
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    return LOCAL_ZONE
  }
}

/** Every zone there is, UTC first. */
export function allZones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
}

/** What a zone is called beside a time: `UTC`, `Zurich`. */
export function zoneLabel(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}
