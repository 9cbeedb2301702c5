import { dateTime, exactTime, timeAgo } from '../time/format.js'
import { useZone } from '../time/zone.js'

/** A time as people say it; the exact one on hovering. */
export function Moment({ time, never = 'never' }: { readonly time: string | null; readonly never?: string }) {
  const zone = useZone()
  if (time === null) return <span className="soft">{never}</span>
  const ms = Date.parse(time)
  const isPast = ms <= Date.now()
  return (
    <time className="numbers moment" dateTime={time} title={`${exactTime(time, zone)} ${zone}`}>
      {isPast ? timeAgo(ms, Date.now()) : dateTime(ms, zone).slice(0, 16)}
    </time>
  )
}
