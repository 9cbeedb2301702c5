import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { isSignedOut, useMe } from '../api/me.js'
import { useShortcuts } from '../keyboard/shortcuts.js'
import { linkTo, navigate } from '../router/location.js'
import type { Route } from '../router/routes.js'
import { Loading } from '../ui/loading.js'
import { isLockedOut, LockedOut } from './locked-out.js'
import { Sidebar } from './sidebar.js'
import './shell.css'

const ShortcutSheet = lazy(async () => ({
  default: (await import('../keyboard/shortcut-sheet.js')).ShortcutSheet,
}))

/** The frame around every page: where one may go, which log one sees, and who one is. */
export function Shell({
  current,
  children,
}: {
  readonly current: Route | undefined
  readonly children: ReactNode
}) {
  const me = useMe()
  const signedOut = isSignedOut(me.error)
  useEffect(() => {
    if (signedOut) navigate(signInLink(), { replace: true })
  }, [signedOut])
  const [isHelpOpen, setHelpOpen] = useState(false)
  useShortcuts({
    '?': () => setHelpOpen(true),
    gl: () => navigate(linkTo('/logs')),
    gi: () => navigate(linkTo('/integrity')),
    ga: () => navigate(linkTo('/reference')),
    gs: () => navigate(linkTo('/settings')),
  })
  if (signedOut) return <Loading />
  return (
    <div className="shell">
      <a className="shell-skip" href="#content">
        Skip to the content
      </a>
      <Sidebar me={me.data} current={current} onHelp={() => setHelpOpen(true)} />
      <main id="content" className="shell-content" tabIndex={-1}>
        {me.error !== null && (me.data === undefined || isLockedOut(me.error)) ? (
          <LockedOut error={me.error} onRetry={() => void me.refetch()} />
        ) : (
          children
        )}
      </main>
      {isHelpOpen && (
        <Suspense>
          <ShortcutSheet onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}

function signInLink(): string {
  const back = location.pathname + location.search
  return linkTo('/sign-in', back === '/logs' ? {} : { return_to: back })
}
