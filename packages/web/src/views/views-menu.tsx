import { lazy, Suspense } from 'react'
import { useMe } from '../api/me.js'
import { Loading } from '../ui/loading.js'
import { Popover } from '../ui/popover.js'

const ViewsPanel = lazy(async () => ({ default: (await import('./views-panel.js')).ViewsPanel }))

/** Ways to look at the log that somebody has kept; for people who are signed in. */
export function ViewsMenu() {
  const me = useMe().data
  if (me === undefined || me.session === null) return null
  return (
    <Popover label="Saved views" icon="star" align="end" face={null}>
      {(close) => (
        <Suspense fallback={<Loading />}>
          <ViewsPanel me={me} onChosen={close} />
        </Suspense>
      )}
    </Popover>
  )
}
