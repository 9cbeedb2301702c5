import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { type Me, may } from '../api/me.js'
import { useShortcuts } from '../keyboard/shortcuts.js'
import { Link } from '../router/link.js'
import { linkTo } from '../router/location.js'
import { ROUTES, type Route } from '../router/routes.js'
import { useZone, zoneLabel } from '../time/zone.js'
import { IconButton } from '../ui/button.js'
import { Icon } from '../ui/icon.js'
import { Brand } from './brand.js'
import { PersonMenu } from './person-menu.js'
import { WhereMenu } from './where-menu.js'
import { ZonePicker } from './zone-picker.js'

const GROUPS = [
  ['log', undefined],
  ['administration', 'Administration'],
  ['developers', 'Developers'],
] as const

export function Sidebar({
  me,
  current,
  onHelp,
}: {
  readonly me: Me | undefined
  readonly current: Route | undefined
  readonly onHelp: () => void
}) {
  const [open, setOpen] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes the menu.
  useEffect(() => setOpen(false), [current])
  const zone = useRef<HTMLDivElement>(null)
  useShortcuts({
    t: () => {
      // Where the window is narrow, the zone is in the menu.
      flushSync(() => setOpen(true))
      zone.current?.querySelector('button')?.click()
    },
  })
  return (
    <header className={open ? 'side side-open' : 'side'}>
      <Link to={linkTo('/logs')} className="side-brand" aria-label="Counterfoil, to the log">
        <Brand />
        <span>Counterfoil</span>
      </Link>
      <div className="side-where">
        <WhereMenu me={me} />
      </div>
      <span className="side-zone truncate">{zoneLabel(useZone())} time</span>
      <span className="side-menu">
        <IconButton
          icon={open ? 'close' : 'menu'}
          label={open ? 'Close the menu' : 'Open the menu'}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
      </span>
      <nav className="side-nav" aria-label="Pages">
        {GROUPS.map(([group, title]) => (
          <NavGroup key={group} title={title} routes={shownIn(group, me)} current={current} />
        ))}
      </nav>
      <div className="side-foot">
        <div ref={zone}>
          <ZonePicker />
        </div>
        <PersonMenu me={me} onHelp={onHelp} />
      </div>
    </header>
  )
}

function shownIn(group: (typeof GROUPS)[number][0], me: Me | undefined): readonly Route[] {
  return ROUTES.filter(
    ({ nav }) =>
      nav?.group === group &&
      (nav.permissions === undefined || nav.permissions.some((permission) => may(me, permission))),
  )
}

function NavGroup({
  title,
  routes,
  current,
}: {
  readonly title: string | undefined
  readonly routes: readonly Route[]
  readonly current: Route | undefined
}) {
  if (routes.length === 0) return null
  return (
    <div className="side-group">
      {title !== undefined && <div className="side-title">{title}</div>}
      <ul>
        {routes.map((route) => (
          <li key={route.path}>
            <Link
              to={linkTo(route.path)}
              className="side-link"
              aria-current={route === current ? 'page' : undefined}
            >
              {route.nav !== undefined && <Icon name={route.nav.icon} />}
              {route.title}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}
