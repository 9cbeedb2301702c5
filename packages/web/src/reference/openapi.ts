/** The parts of `/openapi.json` that are shown. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly summary?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
  readonly responses?: Readonly<Record<string, Answer>>
  readonly security?: readonly unknown[]
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}

export interface Answer {
  readonly description?: string
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

/** One way to ask, ready to be shown. */
export interface Endpoint {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export interface EndpointGroup {
  readonly title: string
  readonly endpoints: readonly Endpoint[]
}

/** Where a path belongs; the first that fits. What fits none is an API of a vendor's shape. */
const GROUPS: readonly (readonly [title: string, paths: RegExp])[] = [
  ['Entries', /^\/v1\/(?:audit_log_entries|saved_views)/],
  ['Evidence', /^\/(?:v1\/)?log(?:\/|$)/],
  ['Signing in', /^\/v1\/(?:sessions(?!\/\{id\}|$)|invitations\/(?:open|accept)|password_resets|sso\/)/],
  ['Your account', /^\/v1\/me/],
  [
    'Administration',
    /^\/v1\/(?:catalogue|people|roles|permissions|workspaces|api_keys|organization|invitations|sessions|sso|support_accesses|viewer_tokens)/,
  ],
  ['Platform', /^\/v1\/platform/],
  ['Activity', /^\/v1\/(?:activity|resources|entities)/],
]
const VENDORS = 'Vendors’ APIs and GraphQL'
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** Every endpoint whose path, name or summary holds `text`, in groups. */
export function endpointGroups(document: OpenApi, text: string): readonly EndpointGroup[] {
  const wanted = text.trim().toLowerCase()
  const groups = new Map<string, Endpoint[]>(
    [...GROUPS.map(([title]) => title), VENDORS].map((title) => [title, []]),
  )
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = operations[method]
      if (operation === undefined) continue
      const said = `${method} ${path} ${operation.operationId ?? ''} ${operation.summary ?? ''}`.toLowerCase()
      if (!said.includes(wanted)) continue
      const title = GROUPS.find(([, paths]) => paths.test(path))?.[0] ?? VENDORS
      groups.get(title)?.push({ id: `${method}-${path}`, method: method.toUpperCase(), path, operation })
    }
  }
  return [...groups]
    .map(([title, endpoints]) => ({ title, endpoints }))
    .filter(({ endpoints }) => endpoints.length > 0)
}

/** What a reference stands for. */
export function resolved(schema: Schema, document: OpenApi): Schema {
  const name = refName(schema)
  return (name === undefined ? undefined : document.components.schemas[name]) ?? schema
}

/** `Entry` of `#/components/schemas/Entry`. */
export function refName({ $ref }: Schema): string | undefined {
  return $ref?.split('/').at(-1)
}

/** A type in a few words: `string (date-time)`, `list of Entry`, `live | test`. */
export function typeText(schema: Schema): string {
  const name = refName(schema)
  if (name !== undefined) return name
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ')
  const several = schema.oneOf ?? schema.anyOf ?? schema.allOf
  if (several !== undefined) return several.map(typeText).join(schema.allOf === undefined ? ' or ' : ' and ')
  const type = typeof schema.type === 'string' ? schema.type : (schema.type ?? ['any']).join(' or ')
  if (type === 'array' && schema.items !== undefined) return `list of ${typeText(schema.items)}`
  return schema.format === undefined ? type : `${type} (${schema.format})`
}
