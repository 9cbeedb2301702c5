/** A moment read from RFC 3339 text. */
export interface Moment {
  /**
   * Microseconds since 1970, rounded down. Doubles count microseconds exactly from the year 1684 to 2255 only:
   * a moment outside is clamped to the nearest safe integer, so it still compares right with any inside.
   */
  readonly epochMicroseconds: number
}

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/
const RECORDED_AT_LENGTH = '2026-11-21T02:00:00.123456Z'.length
const DAY_SECONDS = 86_400
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'))
const THREE_DIGITS = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'))

/**
 * Reads an RFC 3339 date-time strictly: a day that exists, hour up to 23, second up to 59, 1 to 9 fraction digits,
 * a zone. Leap seconds are not accepted: they have no place on a count of microseconds. Gives undefined otherwise.
 */
export function parseRfc3339(text: string): Moment | undefined {
  const match = RFC_3339.exec(text)
  if (match === null) return undefined
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6])
  const offsetHour = Number(match[9] ?? 0)
  const offsetMinute = Number(match[10] ?? 0)
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined
  if (offsetHour > 23 || offsetMinute > 59) return undefined
  const offset = (match[8] === '-' ? -1 : 1) * (offsetHour * 3_600 + offsetMinute * 60)
  const seconds = daysFrom1970(year, month, day) * DAY_SECONDS + hour * 3_600 + minute * 60 + second - offset
  const micros = Number((match[7] ?? '').slice(0, 6).padEnd(6, '0'))
  return { epochMicroseconds: clampToSafe(seconds * 1_000_000 + micros) }
}

/**
 * `2026-11-21T02:00:00.123456Z` for microseconds since 1970.
 * Throws a RangeError unless `us` is a safe integer, which all lie in years of four digits.
 */
export function formatMicroseconds(us: number): string {
  if (!Number.isSafeInteger(us)) throw new RangeError(`${us} is not a whole, exact count of microseconds.`)
  const seconds = Math.floor(us / 1_000_000)
  const micros = us - seconds * 1_000_000
  const days = Math.floor(seconds / DAY_SECONDS)
  const second = seconds - days * DAY_SECONDS
  const hour = Math.trunc(second / 3_600)
  const minute = Math.trunc(second / 60) % 60
  const millis = Math.trunc(micros / 1_000)
  return (
    `${dateOf(days)}T${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second % 60]}` +
    `.${THREE_DIGITS[millis]}${THREE_DIGITS[micros - millis * 1_000]}Z`
  )
}

/** The inverse of `formatMicroseconds`. Throws a RangeError for any other text. */
export function microsecondsOf(recordedAt: string): number {
  if (recordedAt.length !== RECORDED_AT_LENGTH) throw notRecordedAt(recordedAt)
  const digits = (from: number, count: number) => digitsAt(recordedAt, from, count)
  const days = daysFrom1970(digits(0, 4), digits(5, 2), digits(8, 2))
  const seconds = days * DAY_SECONDS + digits(11, 2) * 3_600 + digits(14, 2) * 60 + digits(17, 2)
  const us = seconds * 1_000_000 + digits(20, 6)
  // Writing it back checks in one step the separators, the calendar and that `us` is a safe integer.
  if (!Number.isSafeInteger(us) || formatMicroseconds(us) !== recordedAt) throw notRecordedAt(recordedAt)
  return us
}

function notRecordedAt(text: string): RangeError {
  return new RangeError(`${JSON.stringify(text.slice(0, 40))} is not a time as the server writes it.`)
}

/** NaN where a character is no digit. */
function digitsAt(text: string, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function clampToSafe(us: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, us))
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= MONTH_DAYS[month - 1]! + (leap ? 1 : 0)
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant's days_from_civil: years start in March). */
function daysFrom1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.trunc((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** `YYYY-MM-DD` of a day since 1970-01-01 (H. Hinnant's civil_from_days). */
function dateOf(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.trunc(
    (dayOfEra -
      Math.trunc(dayOfEra / 1_460) +
      Math.trunc(dayOfEra / 36_524) -
      Math.trunc(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100))
  const monthFromMarch = Math.trunc((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.trunc((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${year}-${TWO_DIGITS[month]}-${TWO_DIGITS[day]}`
}
