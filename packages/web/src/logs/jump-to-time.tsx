import { lazy, Suspense, useRef } from 'react'
import { useShortcuts } from '../keyboard/shortcuts.js'
import { Loading } from '../ui/loading.js'
import { Popover } from '../ui/popover.js'

const JumpForm = lazy(async () => ({ default: (await import('./jump-form.js')).JumpForm }))

export interface JumpToTimeProps {
  readonly zone: string
  /** When the entry at the top of the list was recorded. */
  readonly topAt: string | undefined
  readonly onJump: (at: string) => void
}

/** Goes to where the list was at a moment, and leaves all entries in it. */
export function JumpToTime({ zone, topAt, onJump }: JumpToTimeProps) {
  const place = useRef<HTMLSpanElement>(null)
  useShortcuts({ gt: () => place.current?.querySelector('button')?.click() })
  return (
    <span ref={place}>
      <Popover label="Go to time" icon="clock" look="quiet" small>
        {(close) => (
          <Suspense fallback={<Loading />}>
            <JumpForm
              zone={zone}
              topAt={topAt}
              onJump={(at) => {
                close()
                onJump(at)
              }}
            />
          </Suspense>
        )}
      </Popover>
    </span>
  )
}
