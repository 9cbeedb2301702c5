import { later } from './later.js'
import type { Route } from './routes.js'

/** Pages of the administration and for developers. The server decides who may; the sidebar does not tempt others. */
export const ADMINISTRATION_ROUTES: readonly Route[] = [
  {
    path: '/people',
    title: 'People and roles',
    Component: later(async () => (await import('../people/people-page.js')).PeoplePage),
    nav: { group: 'administration', icon: 'people', permissions: ['people.read', 'roles.read'] },
  },
  {
    path: '/keys',
    title: 'API keys',
    Component: later(async () => (await import('../keys/keys-page.js')).KeysPage),
    nav: { group: 'administration', icon: 'key', permissions: ['api_keys.read'] },
  },
  {
    path: '/workspaces',
    title: 'Workspaces',
    Component: later(async () => (await import('../workspaces/workspaces-page.js')).WorkspacesPage),
    nav: { group: 'administration', icon: 'workspace', permissions: ['workspaces.read'] },
  },
  {
    path: '/catalogue',
    title: 'Catalogue',
    Component: later(async () => (await import('../catalogue/catalogue-page.js')).CataloguePage),
    nav: { group: 'administration', icon: 'columns', permissions: ['catalogue.read'] },
  },
  {
    path: '/organizations',
    title: 'Organizations',
    Component: later(async () => (await import('../platform/organizations-page.js')).OrganizationsPage),
    nav: { group: 'administration', icon: 'globe', permissions: ['platform.organizations.read'] },
  },
  {
    path: '/all-logs',
    title: 'All logs',
    Component: later(async () => (await import('../platform/all-logs-page.js')).AllLogsPage),
    nav: { group: 'administration', icon: 'shield', permissions: ['platform.logs.read'] },
  },
  {
    path: '/settings',
    title: 'Settings',
    Component: later(async () => (await import('../settings/settings-page.js')).SettingsPage),
    nav: { group: 'administration', icon: 'settings', permissions: ['organization.read'] },
  },
  {
    path: '/start',
    title: 'Getting started',
    Component: later(async () => (await import('../first-run/first-run-page.js')).FirstRunPage),
    nav: { group: 'developers', icon: 'plus', permissions: ['entries.record'] },
  },
  {
    path: '/reference',
    title: 'API',
    Component: later(async () => (await import('../reference/reference-page.js')).ReferencePage),
    nav: { group: 'developers', icon: 'book' },
  },
  {
    path: '/graphql',
    title: 'GraphQL',
    Component: later(async () => (await import('../graphql/graphql-page.js')).GraphQlPage),
    nav: { group: 'developers', icon: 'code', permissions: ['entries.read', 'entries.read_own'] },
  },
  {
    path: '/embed',
    title: 'Embedding',
    Component: later(async () => (await import('../embed/embed-page.js')).EmbedPage),
    nav: { group: 'developers', icon: 'open', permissions: ['viewer_tokens.create'] },
  },
]

/** One's own account, and the ways in. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  {
    path: '/profile',
    title: 'My profile',
    Component: later(async () => (await import('../profile/profile-page.js')).ProfilePage),
  },
  {
    path: '/sign-in',
    title: 'Sign in',
    Component: later(async () => (await import('../sign-in/sign-in-page.js')).SignInPage),
    isPublic: true,
  },
  {
    path: '/invitation',
    title: 'Invitation',
    Component: later(async () => (await import('../links/invitation-page.js')).InvitationPage),
    isPublic: true,
  },
  {
    path: '/password-reset',
    title: 'New password',
    Component: later(async () => (await import('../links/password-reset-page.js')).PasswordResetPage),
    isPublic: true,
  },
]
