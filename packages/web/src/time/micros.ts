// The API's times have six digits after the second; JavaScript's have three.

/** `2026-11-21T10:02:33.123456Z`, whatever the digits of `iso`: two of these compare as texts. */
export function exactIso(iso: string): string {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  return `${new Date(Date.parse(iso)).toISOString().slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`
}

/** The moment so many microseconds after `iso`, or before it; less than a second of them. */
export function microsLater(iso: string, by: number): string {
  const exact = exactIso(iso)
  const micros = Number(exact.slice(20, 26)) + by
  const carry = micros < 0 ? -1 : micros >= 1_000_000 ? 1 : 0
  const second = new Date(Date.parse(`${exact.slice(0, 19)}Z`) + carry * 1_000).toISOString().slice(0, 19)
  return `${second}.${String(micros - carry * 1_000_000).padStart(6, '0')}Z`
}
