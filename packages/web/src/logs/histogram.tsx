import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from 'react'
import { count, dateTime } from '../time/format.js'
import { absolute } from '../time/ranges.js'
import { search } from './logs-state.js'
import { SEVERITY_NAMES } from './severity.js'
import type { Activity } from './use-histogram.js'
import './histogram.css'

const HEIGHT = 64

interface HistogramProps {
  readonly activity: Activity
  readonly zone: string
}

/** A stretch of bars that somebody is marking: places of two of them. */
type Brush = readonly [from: number, to: number]

/** Activity over the window, stacked by severity. Dragging over it, or Shift and arrows and Enter, zooms into a part. */
export function Histogram({ activity, zone }: HistogramProps) {
  const { from, to, barMs } = activity
  const first = Math.floor(from / barMs) * barMs
  const bars = Math.max(1, Math.ceil((to - first + 1) / barMs))
  const [brush, setBrush] = useState<Brush>()
  const [at, setAt] = useState<number>()
  const chart = useRef<HTMLDivElement>(null)
  const barAt = (event: PointerEvent) => {
    const { left, width } = (chart.current as HTMLDivElement).getBoundingClientRect()
    return Math.max(0, Math.min(bars - 1, Math.floor(((event.clientX - left) / width) * bars)))
  }
  const zoom = (range: Brush) => {
    const [a, b] = range[0] <= range[1] ? range : [range[1], range[0]]
    setBrush(undefined)
    search({ range: absolute(Math.max(first + a * barMs, from), Math.min(first + (b + 1) * barMs - 1, to)) })
  }
  const write = (ms: number) => dateTime(ms, zone).slice(0, barMs < 60_000 ? 19 : 16)
  const keys = useBrushKeys(bars, at, brush, setAt, setBrush, zoom)
  const shown =
    at === undefined ? undefined : activity.bars.find((bar) => place(bar.start, first, barMs) === at)
  return (
    <div className="histogram">
      <div
        ref={chart}
        className="histogram-chart"
        role="application"
        aria-roledescription="activity chart"
        aria-label={`Activity: ${count(activity.bars.reduce((sum, bar) => sum + bar.total, 0))} entries. Arrows move, Shift and arrows mark, Enter zooms.`}
        aria-describedby="histogram-says"
        tabIndex={0}
        onKeyDown={keys}
        onBlur={() => setAt(undefined)}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          setBrush([barAt(event), barAt(event)])
        }}
        onPointerMove={(event) => {
          const bar = barAt(event)
          setAt(bar)
          if (brush !== undefined && brush[1] !== bar) setBrush([brush[0], bar])
        }}
        onPointerUp={() => brush !== undefined && zoom(brush)}
        onPointerCancel={() => setBrush(undefined)}
        onPointerLeave={() => brush === undefined && setAt(undefined)}
      >
        <Bars activity={activity} first={first} bars={bars} />
        {at !== undefined && <Mark from={at} to={at} bars={bars} kind="cursor" />}
        {brush !== undefined && (
          <Mark from={Math.min(...brush)} to={Math.max(...brush)} bars={bars} kind="brush" />
        )}
      </div>
      <div className="histogram-foot numbers">
        <span>{write(from)}</span>
        <span id="histogram-says" className="histogram-says" aria-live="polite">
          {at !== undefined && `${write(first + at * barMs)} · ${says(shown)}`}
        </span>
        <span>{write(to)}</span>
      </div>
    </div>
  )
}

function place(start: number, first: number, barMs: number): number {
  return Math.round((start - first) / barMs)
}

function says(bar: Activity['bars'][number] | undefined): string {
  if (bar === undefined) return 'no entries'
  const parts = SEVERITY_NAMES.filter((name) => (bar.bySeverity[name] ?? 0) > 0)
    .toReversed()
    .slice(0, 3)
    .map((name) => `${count(bar.bySeverity[name] as number)} ${name}`)
  return `${count(bar.total)} (${parts.join(', ')})`
}

/** The bars as one drawing: a path for each severity. */
function Bars({
  activity,
  first,
  bars,
}: {
  readonly activity: Activity
  readonly first: number
  readonly bars: number
}) {
  const paths = useMemo(() => {
    const most = Math.max(1, ...activity.bars.map(({ total }) => total))
    const drawn: Record<string, string> = {}
    for (const bar of activity.bars) {
      const x = place(bar.start, first, activity.barMs)
      if (x < 0 || x >= bars) continue
      let below = 0
      for (const name of SEVERITY_NAMES) {
        const total = bar.bySeverity[name] ?? 0
        if (total === 0) continue
        // Something that happened once among a million is still seen.
        const height = Math.max(1.5, (total / most) * (HEIGHT - 4))
        const y = Math.max(0, HEIGHT - below - height)
        drawn[name] = `${drawn[name] ?? ''}M${x + 0.08} ${y.toFixed(2)}h0.84v${height.toFixed(2)}h-0.84z`
        below += height
      }
    }
    return drawn
  }, [activity, first, bars])
  return (
    <svg viewBox={`0 0 ${bars} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {SEVERITY_NAMES.map((name) => (
        <path key={name} className={`bar-${name}`} d={paths[name] ?? ''} />
      ))}
    </svg>
  )
}

function Mark({
  from,
  to,
  bars,
  kind,
}: {
  readonly from: number
  readonly to: number
  readonly bars: number
  readonly kind: 'brush' | 'cursor'
}) {
  return (
    <div
      className={`histogram-${kind}`}
      style={{ left: `${(from / bars) * 100}%`, width: `${((to - from + 1) / bars) * 100}%` }}
    />
  )
}

function useBrushKeys(
  bars: number,
  at: number | undefined,
  brush: Brush | undefined,
  setAt: (at: number | undefined) => void,
  setBrush: (brush: Brush | undefined) => void,
  zoom: (brush: Brush) => void,
): (event: KeyboardEvent) => void {
  return (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -bars, End: bars }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      const next = Math.max(0, Math.min(bars - 1, (at ?? (step > 0 ? -1 : bars)) + step))
      setAt(next)
      setBrush(event.shiftKey ? [brush?.[0] ?? at ?? next, next] : undefined)
    } else if (event.key === 'Enter' && at !== undefined) {
      event.preventDefault()
      zoom(brush ?? [at, at])
    } else if (event.key === 'Escape') {
      setBrush(undefined)
    }
  }
}
