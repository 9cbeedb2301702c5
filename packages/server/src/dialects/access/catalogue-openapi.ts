import { CATALOGUE_POLICIES, FLAG_KINDS, MODES } from '@counterfoil/core'
import type { Schema } from '../../http/openapi.js'
import { list, object, text, textOrNull, time, timeOrNull, uuid } from './schema-parts.js'

const integer: Schema = { type: 'integer' }
const countOrNull: Schema = {
  type: ['integer', 'null'],
  description: 'Entries in the log of the mode that was asked for; null when it was not looked at.',
}
const POLICY: Schema = { type: 'string', enum: CATALOGUE_POLICIES }
const METADATA_SCHEMA: Schema = {
  type: ['object', 'null'],
  description: 'JSON Schema that metadata must fit; null when it is free.',
}
const VERSION: Schema = { type: 'integer', description: 'Of the newest schema; 0 when there never was one.' }
const SEEN = { count: countOrNull, first_seen_at: timeOrNull, last_seen_at: timeOrNull }
const NAMED = { action: text, group: textOrNull, description: text, schema_version: VERSION }
const COVERAGE: Readonly<Record<string, Schema>> = {
  complete_through_seq: { type: 'integer', description: 'Entries up to here were counted.' },
  partial: { const: true, description: 'Entries after that were not counted yet.' },
}

/** The same object with members that need not be there. */
function withOptional(schema: Schema, more: Readonly<Record<string, Schema>>): Schema {
  return { ...schema, properties: { ...(schema.properties as object), ...more } }
}

const ACTION = object('catalogue_action', { ...NAMED, metadata_schema: METADATA_SCHEMA, updated_at: time })
const GROUPED_ACTION = object('catalogue_action', { ...NAMED, ...SEEN })

export const CATALOGUE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Catalogue: withOptional(
    object('catalogue', {
      mode: { type: 'string', enum: MODES },
      groups: {
        type: 'array',
        items: object('catalogue_group', {
          name: { ...textOrNull, description: 'Null for actions that are in no group.' },
          description: text,
          built_in: { type: 'boolean', description: 'Whether it is that of our own actions.' },
          count: countOrNull,
          actions: { type: 'array', items: GROUPED_ACTION },
        }),
      },
      unknown_action_count: {
        type: ['integer', 'null'],
        description: 'Actions in the log that are not in the catalogue.',
      },
    }),
    COVERAGE,
  ),
  CatalogueAction: withOptional(ACTION, {
    versions: {
      type: 'array',
      description: 'The newest 100 versions, the newest first; only of one action.',
      items: {
        type: 'object',
        properties: { version: integer, metadata_schema: METADATA_SCHEMA, created_at: time },
      },
    },
  }),
  CatalogueActionList: list('CatalogueAction'),
  CatalogueGroup: object('catalogue_group', { name: text, description: text }),
  CatalogueGroupList: list('CatalogueGroup'),
  CataloguePolicy: object('catalogue_policy', {
    mode: { type: 'string', enum: MODES },
    unknown_action: POLICY,
    metadata_mismatch: POLICY,
  }),
  CataloguePolicyList: list('CataloguePolicy'),
  CatalogueImport: object('catalogue_import', { vendor: text, added: integer, changed: integer }),
  CatalogueFlag: object('catalogue_flag', {
    kind: { type: 'string', enum: FLAG_KINDS },
    action: { ...textOrNull, description: 'Null where more came than are kept apart.' },
    schema_version: { type: ['integer', 'null'] },
    count: integer,
    first_seen_at: time,
    last_seen_at: time,
    newest: { type: 'object', properties: { entry_id: uuid, pointer: text, message: text } },
  }),
  CatalogueFlagList: list('CatalogueFlag'),
  UnknownAction: object('unknown_action', { action: text, ...SEEN }),
  UnknownActionList: withOptional(list('UnknownAction'), COVERAGE),
  ReadyCatalogue: object('ready_catalogue', {
    vendor: text,
    groups: { type: 'array', items: { type: 'object', properties: { name: text, description: text } } },
    actions: {
      type: 'array',
      items: { type: 'object', properties: { action: text, group: text, description: text } },
    },
  }),
  ReadyCatalogueList: list('ReadyCatalogue'),
}
