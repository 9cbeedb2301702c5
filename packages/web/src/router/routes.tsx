import type { ComponentType } from 'react'
import { LogsPage } from '../logs/logs-page.js'
import type { IconName } from '../ui/icon.js'
import { ACCOUNT_ROUTES, ADMINISTRATION_ROUTES } from './administration-routes.js'
import { later } from './later.js'

/** A page of its own address. */
export interface Route {
  readonly path: string
  readonly title: string
  readonly Component: ComponentType
  /** Where the sidebar lists it; not at all when left out. */
  readonly nav?: {
    readonly group: 'log' | 'administration' | 'developers'
    readonly icon: IconName
    /** Shown to those who have any of these permissions; to everybody when left out. */
    readonly permissions?: readonly string[]
  }
  /** Shown without the sidebar, also to those who are not signed in. */
  readonly isPublic?: true
}

/** Every page, in the order of the sidebar; Logs comes with the first load. A path stands for itself and everything below it. */
export const ROUTES: readonly Route[] = [
  { path: '/logs', title: 'Logs', Component: LogsPage, nav: { group: 'log', icon: 'logs' } },
  {
    path: '/integrity',
    title: 'Integrity',
    Component: later(async () => (await import('../integrity/integrity-page.js')).IntegrityPage),
    nav: { group: 'log', icon: 'shield', permissions: ['entries.verify'] },
  },
  ...ADMINISTRATION_ROUTES,
  ...ACCOUNT_ROUTES,
]

/** The page at a path; undefined when there is none. */
export function findRoute(path: string): Route | undefined {
  return ROUTES.find((route) => path === route.path || path.startsWith(`${route.path}/`))
}
