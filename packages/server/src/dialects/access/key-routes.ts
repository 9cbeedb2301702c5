import { MODES } from '@counterfoil/core'
import { createKey, keysOf, requireKey, revokeKey } from '../../access/administration/keys.js'
import { keyShape } from '../../access/administration/shapes.js'
import { normaliseBlock } from '../../access/allowed-addresses.js'
import { TOKEN_STYLES } from '../../access/api-key.js'
import { SCOPES } from '../../access/permissions.js'
import {
  choiceMember,
  choicesMember,
  futureTimeMember,
  listMember,
  optional,
  textMember,
} from '../../http/members.js'
import { type AdminRoute, adminRoute, listOf } from './admin-route.js'

const ADDRESSES_MAX = 100

export const KEY_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/api_keys',
    operationId: 'listApiKeys',
    summary: 'Every key of the organization, also revoked and expired ones; never what proves them.',
    permission: 'api_keys.read',
    answer: 'ApiKeyList',
    handle: async ({ access, organization }) => listOf((await keysOf(access, organization)).map(keyShape)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/api_keys',
    operationId: 'createApiKey',
    summary: 'Make a key. Its token is in the answer and never shown again.',
    permission: 'api_keys.manage',
    members: {
      name: textMember('What the key is for.', 200),
      mode: choiceMember('Log that the key works on.', MODES),
      scopes: choicesMember('What the key may do; nothing that you may not.', SCOPES),
      kind: optional(choiceMember('key_pair is a key and a secret in two headers.', ['api_key', 'key_pair'])),
      style: optional(choiceMember("Head of an API key's token, for clients that look at it.", TOKEN_STYLES)),
      expires_at: optional(futureTimeMember('Never when left out.')),
      allowed_addresses: optional(
        listMember(
          'Where it may be used from; anywhere when left out.',
          'addresses or blocks such as 10.0.0.0/8',
          ADDRESSES_MAX,
          normaliseBlock,
        ),
      ),
    },
    answer: 'NewApiKey',
    handle: async ({ access, by, key: maker, organization, members }) => {
      const { name, mode, scopes, kind, style } = members
      const { expires_at: expiresAt, allowed_addresses: allowedAddresses } = members
      const personId = maker.owner?.personId
      const { key, token, secret } = await createKey(access, by, organization, {
        name,
        mode,
        scopes,
        ...(kind === undefined ? {} : { kind }),
        ...(style === undefined ? {} : { style }),
        ...(personId === undefined ? {} : { personId }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(allowedAddresses === undefined ? {} : { allowedAddresses }),
      })
      return { ...keyShape(key), token, ...(secret === undefined ? {} : { secret }) }
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/api_keys/{id}',
    operationId: 'retrieveApiKey',
    summary: 'One key.',
    permission: 'api_keys.read',
    answer: 'ApiKey',
    handle: async ({ access, organization, id }) => keyShape(await requireKey(access, organization, id)),
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/api_keys/{id}',
    operationId: 'revokeApiKey',
    summary: 'Revoke a key or a personal token; takes effect on the next request.',
    permission: 'api_keys.manage',
    handle: async ({ access, by, organization, id }) => {
      await revokeKey(access, by, organization, id)
      return undefined
    },
  }),
]
