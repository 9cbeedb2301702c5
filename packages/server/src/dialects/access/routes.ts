import type { FastifyInstance } from 'fastify'
import type { DialectContext } from '../../http/route.js'
import { type AdminRoute, addAdminRoutes } from './admin-route.js'
import { CATALOGUE_ROUTES } from './catalogue-routes.js'
import { ERASURE_ROUTES } from './erasure-routes.js'
import { KEY_ROUTES } from './key-routes.js'
import { LINK_ROUTES } from './link-routes.js'
import { ORGANIZATION_ROUTES } from './organization-routes.js'
import { OWN_PASSWORD_ROUTES } from './own-password-routes.js'
import { PEOPLE_ROUTES } from './people-routes.js'
import { PLATFORM_LOG_ROUTES } from './platform-log-routes.js'
import { PROFILE_ROUTES } from './profile-routes.js'
import { RETENTION_ROUTES } from './retention-routes.js'
import { SAVED_VIEW_ROUTES } from './saved-view-routes.js'
import { SECOND_FACTOR_ROUTES } from './second-factor-routes.js'
import { SESSION_ROUTES } from './session-routes.js'
import { SSO_ROUTES } from './sso-routes.js'
import { SUPPORT_ROUTES } from './support-routes.js'

/** Every route of the administration. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  ...ORGANIZATION_ROUTES,
  ...PEOPLE_ROUTES,
  ...KEY_ROUTES,
  ...PROFILE_ROUTES,
  ...SESSION_ROUTES,
  ...LINK_ROUTES,
  ...OWN_PASSWORD_ROUTES,
  ...SECOND_FACTOR_ROUTES,
  ...SSO_ROUTES,
  ...SUPPORT_ROUTES,
  ...CATALOGUE_ROUTES,
  ...SAVED_VIEW_ROUTES,
  ...ERASURE_ROUTES,
  ...RETENTION_ROUTES,
  ...PLATFORM_LOG_ROUTES,
]

export function addAccess(server: FastifyInstance, context: DialectContext): void {
  addAdminRoutes(server, context, ADMIN_ROUTES)
}
