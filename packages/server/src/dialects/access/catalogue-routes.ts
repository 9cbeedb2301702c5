import { CATALOGUE_POLICIES, type JsonObject, type LogName, MODES } from '@counterfoil/core'
import {
  importCatalogue,
  removeAction,
  removeGroup,
  requireAction,
  setAction,
  setGroup,
  setPolicies,
} from '../../access/administration/catalogue.js'
import {
  catalogueActionShape,
  catalogueGroupShape,
  cataloguePolicyShape,
  timeText,
} from '../../access/administration/shapes.js'
import { may } from '../../access/principal.js'
import { READY_CATALOGUES } from '../../catalogue/ready/ready-catalogues.js'
import type { VendorCatalogue } from '../../catalogue/ready/vendor-catalogue.js'
import { choiceMember, type Member, optional, textMember } from '../../http/members.js'
import { type AdminCall, type AdminRoute, adminRoute, listOf } from './admin-route.js'
import { catalogueShape, flagShape, lookAtLog, unknownActionList } from './catalogue-answer.js'

const VERSIONS_SHOWN_MAX = 100
const VENDORS = READY_CATALOGUES.map(({ vendor }) => vendor)
const description = textMember('What it means.', 1_000, 0)
const policy = optional(
  choiceMember(
    'accept: recorded like any other. flag: recorded unaltered, and counted. refuse: the request is refused.',
    CATALOGUE_POLICIES,
  ),
)
/** Anything: what it must be is told with a pointer to the part at fault. */
const metadataSchema: Member<unknown> = {
  schema: {
    type: ['object', 'null'],
    description:
      'JSON Schema 2020-12 for metadata, of the keywords in docs/catalogue.md; null takes the check away, left out it stays.',
  },
  expects: 'a JSON Schema or null',
  required: false,
  read: (value) => value,
}

/** The log of the one who asks. */
function logOf({ organization, key }: Pick<AdminCall, 'organization' | 'key'>): LogName {
  return { organization_id: organization.id, mode: key.mode }
}

const readingRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/catalogue',
    operationId: 'retrieveCatalogue',
    summary: "The catalogue by group, with what the log of the key's mode has of each action.",
    permission: 'catalogue.read',
    answer: 'Catalogue',
    handle: async (call) => {
      const mayReview = may(call.principal, 'catalogue.review', call.key)
      const sight = mayReview ? await lookAtLog(call.reads, logOf(call)) : undefined
      return catalogueShape(call.access, logOf(call), sight)
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/catalogue/unknown_actions',
    operationId: 'listUnknownActions',
    summary:
      "Actions that the log of the key's mode has and the catalogue does not, the most frequent first.",
    permission: 'catalogue.review',
    answer: 'UnknownActionList',
    handle: async (call) => {
      return unknownActionList(call.access, logOf(call), await lookAtLog(call.reads, logOf(call)))
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/catalogue/flags',
    operationId: 'listCatalogueFlags',
    summary:
      "Entries that were flagged when they were recorded in the key's mode, counted by action and reason.",
    permission: 'catalogue.review',
    answer: 'CatalogueFlagList',
    handle: async (call) => listOf((await call.catalogueFlags.list(logOf(call))).map(flagShape)),
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/catalogue/ready',
    operationId: 'listReadyCatalogues',
    summary: 'Ready catalogues that can be imported.',
    permission: 'catalogue.read',
    answer: 'ReadyCatalogueList',
    handle: () => listOf(READY_CATALOGUES.map(readyShape)),
  }),
]

const actionRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/catalogue/actions',
    operationId: 'listCatalogueActions',
    summary: 'Every action of the catalogue with its newest schema, by name.',
    permission: 'catalogue.read',
    answer: 'CatalogueActionList',
    handle: async ({ access, organization }) =>
      listOf((await access.catalogue.list(organization.id)).map(catalogueActionShape)),
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/catalogue/actions/{id}',
    operationId: 'retrieveCatalogueAction',
    summary: 'One action, by its name, with the versions of its schema, the newest 100 first.',
    permission: 'catalogue.read',
    answer: 'CatalogueAction',
    handle: async ({ access, organization, id }) => ({
      ...catalogueActionShape(await requireAction(access, organization, id)),
      versions: (await access.catalogue.versions(organization.id, id, VERSIONS_SHOWN_MAX)).map(
        ({ version, schema, createdAt }) => ({
          version,
          metadata_schema: schema === undefined ? null : JSON.parse(schema),
          created_at: timeText(createdAt),
        }),
      ),
    }),
  }),
  adminRoute({
    method: 'PUT',
    path: '/v1/catalogue/actions/{id}',
    operationId: 'setCatalogueAction',
    summary: 'Add an action, or change its group, description or schema; another schema is another version.',
    permission: 'catalogue.manage',
    members: {
      group: optional(
        textMember('Name of its group; made when there is none. Left out, it is in none.', 100),
      ),
      description: optional(description),
      metadata_schema: metadataSchema,
    },
    answer: 'CatalogueAction',
    handle: async ({ access, by, organization, id, members }) =>
      catalogueActionShape(
        await setAction(access, by, organization, {
          action: id,
          group: members.group,
          description: members.description ?? '',
          metadataSchema: members.metadata_schema,
        }),
      ),
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/catalogue/actions/{id}',
    operationId: 'deleteCatalogueAction',
    summary: 'Take an action out of the catalogue; entries stay as they are.',
    permission: 'catalogue.manage',
    handle: async ({ access, by, organization, id }) => {
      await removeAction(access, by, organization, id)
      return undefined
    },
  }),
]

const groupRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/catalogue/groups',
    operationId: 'listCatalogueGroups',
    summary: 'The groups of the catalogue.',
    permission: 'catalogue.read',
    answer: 'CatalogueGroupList',
    handle: async ({ access, organization }) =>
      listOf((await access.catalogue.groups(organization.id)).map(catalogueGroupShape)),
  }),
  adminRoute({
    method: 'PUT',
    path: '/v1/catalogue/groups/{id}',
    operationId: 'setCatalogueGroup',
    summary: 'Make a group, or describe one anew.',
    permission: 'catalogue.manage',
    members: { description: optional(description) },
    answer: 'CatalogueGroup',
    handle: async ({ access, by, organization, id, members }) =>
      catalogueGroupShape(
        await setGroup(access, by, organization, { name: id, description: members.description ?? '' }),
      ),
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/catalogue/groups/{id}',
    operationId: 'deleteCatalogueGroup',
    summary: 'Delete a group that no action is in.',
    permission: 'catalogue.manage',
    handle: async ({ access, by, organization, id }) => {
      await removeGroup(access, by, organization, id)
      return undefined
    },
  }),
]

const policyRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/catalogue/policies',
    operationId: 'listCataloguePolicies',
    summary: 'What is done in each mode with entries that do not agree with the catalogue.',
    permission: 'catalogue.read',
    answer: 'CataloguePolicyList',
    handle: async ({ access, organization }) =>
      listOf(
        await Promise.all(
          MODES.map(async (mode) =>
            cataloguePolicyShape(mode, await access.catalogue.policies(organization.id, mode)),
          ),
        ),
      ),
  }),
  adminRoute({
    method: 'PUT',
    path: '/v1/catalogue/policies',
    operationId: 'setCataloguePolicy',
    summary: 'Say what is done with such entries in one mode; what is left out stays. It holds from now on.',
    permission: 'catalogue.manage',
    members: {
      mode: choiceMember('The mode that it is for.', MODES),
      unknown_action: policy,
      metadata_mismatch: policy,
    },
    answer: 'CataloguePolicy',
    handle: async ({ access, by, organization, members: { mode, ...given } }) =>
      cataloguePolicyShape(
        mode,
        await setPolicies(access, by, organization, mode, {
          ...(given.unknown_action === undefined ? {} : { unknown_action: given.unknown_action }),
          ...(given.metadata_mismatch === undefined ? {} : { metadata_mismatch: given.metadata_mismatch }),
        }),
      ),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/catalogue/imports',
    operationId: 'importCatalogue',
    summary: "Take over a ready catalogue: a vendor's published actions with their groups and descriptions.",
    permission: 'catalogue.manage',
    members: { vendor: choiceMember('Whose catalogue.', VENDORS) },
    answer: 'CatalogueImport',
    handle: async ({ access, by, organization, members: { vendor } }) => {
      const ready = READY_CATALOGUES.find((catalogue) => catalogue.vendor === vendor) as VendorCatalogue
      return {
        object: 'catalogue_import',
        vendor,
        ...(await importCatalogue(access, by, organization, ready)),
      }
    },
  }),
]

/** The catalogue of the organization's actions. */
export const CATALOGUE_ROUTES: readonly AdminRoute[] = [
  ...readingRoutes,
  ...actionRoutes,
  ...groupRoutes,
  ...policyRoutes,
]

function readyShape({ vendor, groups, actions }: VendorCatalogue): JsonObject {
  return {
    object: 'ready_catalogue',
    vendor,
    groups: groups.map(({ name, description: text }) => ({ name, description: text })),
    actions: actions.map(({ action, group, description: text }) => ({ action, group, description: text })),
  }
}
