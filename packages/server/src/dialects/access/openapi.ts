import { MODES } from '@counterfoil/core'
import { KEY_KINDS, RATE_CLASSES } from '../../access/api-key.js'
import { PERMISSION_NAMES, SCOPES } from '../../access/permissions.js'
import { type Members, membersSchema } from '../../http/members.js'
import {
  jsonAnswer,
  type OpenApiPart,
  openApiParameters,
  reference,
  refusals,
  type Schema,
} from '../../http/openapi.js'
import type { AdminRoute } from './admin-route.js'
import { CATALOGUE_SCHEMAS } from './catalogue-openapi.js'
import { ERASURE_SCHEMAS } from './erasure-openapi.js'
import { LINK_USE_MEMBERS } from './link-use.js'
import { PLATFORM_LOG_SCHEMAS } from './platform-log-openapi.js'
import { RETENTION_SCHEMAS } from './retention-openapi.js'
import { ADMIN_ROUTES } from './routes.js'
import { list, object, text, textOrNull, texts, time, timeOrNull, uuid } from './schema-parts.js'
import { SECOND_STEP_MEMBERS } from './second-step.js'
import { SIGN_IN_MEMBERS } from './sign-in.js'
import { START_PARAMETERS } from './sso-sign-in.js'

const KEY_PROPERTIES: Readonly<Record<string, Schema>> = {
  id: { type: 'string', description: 'Public part of the token.' },
  kind: { type: 'string', enum: KEY_KINDS },
  name: text,
  mode: { type: 'string', enum: MODES },
  scopes: texts(SCOPES),
  rate: { type: 'string', enum: RATE_CLASSES },
  status: { type: 'string', enum: ['active', 'revoked', 'expired'] },
  created_by: { ...textOrNull, description: 'E-mail address of whoever made it, while they belong here.' },
  allowed_addresses: { type: ['array', 'null'], items: text },
  created_at: time,
  expires_at: timeOrNull,
  last_used_at: { ...timeOrNull, description: 'To the minute.' },
  revoked_at: timeOrNull,
}
const TOKEN: Schema = { type: 'string', description: 'Shown once.' }
const SECRET: Schema = { type: 'string', description: 'Of a key_pair alone. Shown once.' }

function withToken(schema: Schema, more: Readonly<Record<string, Schema>>): Schema {
  return { ...schema, properties: { ...(schema.properties as object), ...more } }
}

const API_KEY = object('api_key', KEY_PROPERTIES)
const PERSONAL_TOKEN = object('personal_token', KEY_PROPERTIES)

const ORGANIZATIONS: Schema = {
  type: 'array',
  items: { type: 'object', properties: { id: uuid, slug: text, name: text, role: text } },
}
const PROOF: Readonly<Record<string, Schema>> = {
  form: { type: 'string', enum: ['token', 'cookie'] },
  method: { type: 'string', enum: ['password', 'sso'] },
  second_factor: { type: 'boolean' },
}

const LINK: Readonly<Record<string, Schema>> = {
  mailed: { type: 'boolean' },
  link: { ...textOrNull, description: 'Shown once, and only when it could not be mailed.' },
}
const INVITATION = object('invitation', {
  id: text,
  email: text,
  name: text,
  role: { ...textOrNull, description: 'Null when the role was deleted.' },
  created_by: text,
  created_at: time,
  expires_at: time,
})

const OFFER = object('second_factor_offer', {
  secret: { type: 'string', description: 'Base32, to be typed.' },
  otpauth_url: { type: 'string', description: 'To be shown as a QR code.' },
})
const RECOVERY_CODES: Readonly<Record<string, Schema>> = {
  recovery_codes: { type: 'array', items: text, description: 'Shown once; each works once.' },
}

const SCHEMAS: Readonly<Record<string, Schema>> = {
  ...CATALOGUE_SCHEMAS,
  ...ERASURE_SCHEMAS,
  ...RETENTION_SCHEMAS,
  ...PLATFORM_LOG_SCHEMAS,
  Organization: object('organization', {
    id: uuid,
    slug: text,
    name: text,
    view_tokens_again: { type: 'boolean' },
    public_evidence: {
      type: 'boolean',
      description: 'Whether anybody may fetch what proves the logs.',
    },
    second_factor_required: { type: 'boolean', description: 'Whether a password alone does not lead in.' },
    suspended_at: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'Since when nobody gets in and no key of it does anything.',
    },
    created_at: time,
  }),
  OrganizationList: list('Organization'),
  Person: object('person', {
    id: uuid,
    email: text,
    name: text,
    role: { type: 'string', description: 'Name of the role.' },
    created_at: time,
  }),
  PersonList: list('Person'),
  Role: object('role', {
    id: text,
    name: text,
    description: text,
    built_in: { type: 'boolean' },
    permissions: texts(PERMISSION_NAMES),
  }),
  RoleList: list('Role'),
  Permission: object('permission', {
    name: { type: 'string', enum: PERMISSION_NAMES },
    description: text,
    scope: { ...textOrNull, enum: [...SCOPES, null], description: 'Null for what no key can have.' },
  }),
  PermissionList: list('Permission'),
  Workspace: object('workspace', { id: uuid, slug: text, name: text, created_at: time }),
  WorkspaceList: list('Workspace'),
  SavedView: object('saved_view', {
    id: uuid,
    name: text,
    query: text,
    shared: { type: 'boolean' },
    person_id: uuid,
    created_at: time,
    own: { type: 'boolean', description: 'Whether it is of the one who asks.' },
  }),
  SavedViewList: list('SavedView'),
  // The list of an organization's keys shows the personal tokens of its people, too.
  ApiKey: withToken(API_KEY, { object: { type: 'string', enum: ['api_key', 'personal_token'] } }),
  ApiKeyList: list('ApiKey'),
  NewApiKey: withToken(API_KEY, { token: TOKEN, secret: SECRET }),
  PersonalToken: PERSONAL_TOKEN,
  PersonalTokenList: list('PersonalToken'),
  NewPersonalToken: withToken(PERSONAL_TOKEN, { token: TOKEN }),
  RevealedToken: object('revealed_token', { id: text, token: { type: 'string' } }),
  ViewerToken: object('viewer_token', {
    token: TOKEN,
    mode: { type: 'string', enum: MODES },
    query: text,
    may_export: { type: 'boolean' },
    expires_at: time,
  }),
  SupportAccess: object('support_access', {
    id: uuid,
    organization_id: uuid,
    operator: { type: 'string', description: 'E-mail address.' },
    reason: text,
    active: { type: 'boolean' },
    created_at: time,
    expires_at: time,
    ended_at: timeOrNull,
  }),
  SupportAccessList: list('SupportAccess'),
  Me: object('me', {
    kind: { type: 'string', enum: ['person', 'operator', 'api_key', 'viewer'] },
    id: text,
    organization: { type: 'object', properties: { id: uuid, slug: text, name: text } },
    mode: { type: 'string', enum: MODES },
    person: { type: ['object', 'null'], properties: { id: uuid, email: text, name: text } },
    role: textOrNull,
    scopes: texts(SCOPES),
    permissions: texts(PERMISSION_NAMES),
    organizations: { ...ORGANIZATIONS, type: ['array', 'null'], description: 'Where the session can go.' },
    session: {
      type: ['object', 'null'],
      description: 'Of somebody who is signed in.',
      properties: { ...PROOF, expires_at: time },
    },
    second_factor: {
      type: ['object', 'null'],
      description: 'Of somebody who is signed in.',
      properties: { enabled: { type: 'boolean' }, recovery_codes_left: { type: 'integer' } },
    },
  }),
  Sso: object('sso', {
    issuer: text,
    client_id: text,
    has_client_secret: { type: 'boolean' },
    domains: { type: 'array', items: text },
    default_role: textOrNull,
    auto_create: { type: 'boolean' },
    required: { type: 'boolean' },
    updated_at: time,
  }),
  SecondFactorOffer: OFFER,
  RecoveryCodes: object('recovery_codes', RECOVERY_CODES),
  ConfirmedSecondFactor: object('confirmed_second_factor', {
    ...RECOVERY_CODES,
    token: { type: 'string', description: 'Not where the session is a cookie.' },
    expires_at: time,
  }),
  Session: object('session', {
    id: text,
    person_id: uuid,
    organization_id: uuid,
    ...PROOF,
    current: { type: 'boolean', description: 'Whether it is the one that asks.' },
    ip_address: textOrNull,
    user_agent: textOrNull,
    created_at: time,
    last_used_at: { ...time, description: 'To the minute.' },
    expires_at: time,
  }),
  SessionList: list('Session'),
  Invitation: INVITATION,
  InvitationList: list('Invitation'),
  NewInvitation: withToken(INVITATION, LINK),
  PasswordReset: object('password_reset', { email: text, expires_at: time, ...LINK }),
  RenewedSession: object('renewed_session', {
    id: text,
    token: { type: 'string', description: 'Not where the session is a cookie.' },
    expires_at: time,
  }),
  CurrentSession: object('current_session', {
    id: text,
    organization_id: uuid,
    mode: { type: 'string', enum: MODES },
    expires_at: time,
  }),
}

const SESSION_ANSWER = object('session', {
  token: { type: 'string', description: 'Not with `cookie`.' },
  mode: { type: 'string', enum: MODES },
  organization_id: uuid,
  person_id: uuid,
  role: text,
  organizations: ORGANIZATIONS,
  expires_at: time,
})

const SIGN_IN: Readonly<Record<string, Schema>> = {
  post: {
    operationId: 'signIn',
    summary: "Sign in: a token or a cookie that does what the person's role permits.",
    security: [],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: membersSchema(SIGN_IN_MEMBERS),
        },
      },
    },
    responses: {
      '201': jsonAnswer('Signed in.', SESSION_ANSWER),
      '202': jsonAnswer(
        'The password is right; a second step has to be taken.',
        object('pending_sign_in', {
          pending_token: {
            type: 'string',
            description: 'Good for the second step alone, five minutes long.',
          },
          next: { type: 'string', enum: ['second_factor', 'enrol'] },
          expires_at: time,
        }),
      ),
      ...refusals(400, 401, 403, 429),
    },
  },
}

const SLUG = { name: 'slug', in: 'path', required: true, schema: text }
const SSO_PATHS: OpenApiPart['paths'] = {
  '/v1/sso/{slug}/start': {
    get: {
      operationId: 'startSso',
      summary: "Browsers: sign in at the organization's provider.",
      security: [],
      parameters: [SLUG, ...openApiParameters(START_PARAMETERS)],
      responses: {
        '302': { description: 'To the provider; a browser that fails, to /sign-in with the reason.' },
        ...refusals(400, 404, 429, 502),
      },
    },
  },
  '/v1/sso/{slug}/callback': {
    get: {
      operationId: 'finishSso',
      summary:
        'Where the provider sends the browser back to: a cookie with a session of this organization alone.',
      security: [],
      parameters: [SLUG],
      responses: {
        '302': { description: 'Signed in; a browser that fails, to /sign-in with the reason.' },
        ...refusals(401, 404, 429, 502),
      },
    },
  },
}

export const ACCESS_OPENAPI: OpenApiPart = {
  schemas: SCHEMAS,
  paths: withPublic(
    { ...toPaths(ADMIN_ROUTES), ...SSO_PATHS },
    {
      '/v1/sessions': SIGN_IN.post as Schema,
      '/v1/sessions/second_factor': publicPost(
        'takeSecondStep',
        'The second step of signing in: a code of the authenticator or a recovery code, for the session.',
        SECOND_STEP_MEMBERS['/v1/sessions/second_factor'],
        201,
        SESSION_ANSWER,
      ),
      '/v1/sessions/second_factor/enrol': publicPost(
        'enrolAtSignIn',
        'For somebody whose organization asks for a second factor: a secret, confirmed by the second step.',
        SECOND_STEP_MEMBERS['/v1/sessions/second_factor/enrol'],
        201,
        OFFER,
      ),
      '/v1/invitations/open': publicPost(
        'openInvitation',
        'What the link of an invitation is for.',
        LINK_USE_MEMBERS['/v1/invitations/open'],
        200,
        object('open_invitation', {
          email: text,
          organization: { type: 'object', properties: { slug: text, name: text } },
          role: textOrNull,
          needs_password: { type: 'boolean', description: 'Whether a password is set by accepting.' },
          expires_at: time,
        }),
      ),
      '/v1/invitations/accept': publicPost(
        'acceptInvitation',
        'Join an organization, once; then sign in.',
        LINK_USE_MEMBERS['/v1/invitations/accept'],
        201,
        object('accepted_invitation', { email: text, organization_id: uuid, role: text }),
      ),
      '/v1/password_resets': publicPost(
        'requestPasswordReset',
        'Ask for a mail with a link to set a new password. The answer is the same whether anybody has the address.',
        LINK_USE_MEMBERS['/v1/password_resets'],
        202,
        object('password_reset_request', {
          mailed: { type: 'boolean', description: 'False when this server sends no mail: ask an admin.' },
        }),
      ),
      '/v1/password_resets/use': publicPost(
        'usePasswordReset',
        'Set a new password, once; every session of the person ends.',
        LINK_USE_MEMBERS['/v1/password_resets/use'],
        204,
      ),
    },
  ),
}

/** A route that needs no key. */
function publicPost(
  operationId: string,
  summary: string,
  members: Members,
  status: number,
  answer?: Schema,
): Schema {
  return {
    operationId,
    summary,
    security: [],
    requestBody: { required: true, content: { 'application/json': { schema: membersSchema(members) } } },
    responses: {
      [status]: answer === undefined ? { description: 'Done.' } : jsonAnswer(summary, answer),
      ...refusals(400, 401, 403, 404, 429),
    },
  }
}

/** Paths together with what is posted to without a key. */
function withPublic(
  paths: OpenApiPart['paths'],
  posts: Readonly<Record<string, Schema>>,
): OpenApiPart['paths'] {
  const all: Record<string, Readonly<Record<string, Schema>>> = { ...paths }
  for (const [path, post] of Object.entries(posts)) all[path] = { ...all[path], post }
  return all
}

function toPaths(routes: readonly AdminRoute[]): OpenApiPart['paths'] {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const route of routes) {
    const methods = paths[route.path] ?? {}
    methods[route.method.toLowerCase()] = toOperation(route)
    paths[route.path] = methods
  }
  return paths
}

function toOperation({
  method,
  path,
  operationId,
  summary,
  permission,
  members,
  parameters = {},
  answer,
}: AdminRoute): Schema {
  const success =
    answer === undefined
      ? { '204': { description: 'Done.' } }
      : { [method === 'POST' ? '201' : '200']: jsonAnswer(summary, reference(answer)) }
  const named = [
    ...(path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: text }] : []),
    ...openApiParameters(parameters),
  ]
  return {
    operationId,
    summary,
    ...(permission === undefined ? {} : { description: `Needs the permission \`${permission}\`.` }),
    ...(named.length === 0 ? {} : { parameters: named }),
    ...(members === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: membersSchema(members) } },
          },
        }),
    responses: { ...success, ...refusals(400, 401, 403, 404, 409) },
  }
}
