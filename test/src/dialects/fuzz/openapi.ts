/** As much of an OpenAPI document and of its JSON schemas as the fuzzing reads. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>

export interface Operation {
  readonly operationId: string
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export interface Route {
  /** Upper case. */
  readonly method: string
  /** With parameters as `{name}`. */
  readonly path: string
  readonly operation: Operation
}

export function routesOf({ paths }: OpenApi): readonly Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

/** The schema itself, where it is a reference. */
export function resolved({ components }: OpenApi, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  const found = components.schemas[schema.$ref.split('/').at(-1) as string]
  if (found === undefined) throw new Error(`${schema.$ref} is not in the document.`)
  return resolved({ components, paths: {} }, found)
}

/** Where a value does not fit its schema, as pointers with what is wrong; nothing when it fits. */
export function misfits(document: OpenApi, given: Schema, value: unknown, at = ''): readonly string[] {
  const schema = resolved(document, given)
  if ('const' in schema && schema.const !== value) return [`${at} is not ${JSON.stringify(schema.const)}`]
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${at} is none of the enum`]
  if (schema.oneOf !== undefined) {
    const fitting = schema.oneOf.filter((one) => misfits(document, one, value, at).length === 0)
    return fitting.length === 1 ? [] : [`${at} fits ${fitting.length} of ${schema.oneOf.length}`]
  }
  if (schema.type !== undefined && ![schema.type].flat().includes(typeName(value, schema.type)))
    return [`${at} is ${typeName(value, schema.type)}, not ${[schema.type].flat().join(' or ')}`]
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined ? [] : value.flatMap((item, i) => misfits(document, items, item, `${at}/${i}`))
  }
  return typeof value === 'object' && value !== null ? memberMisfits(document, schema, value, at) : []
}

function memberMisfits(document: OpenApi, schema: Schema, value: object, at: string): readonly string[] {
  const { required = [], properties = {}, additionalProperties = true } = schema
  const missing = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => `${at}/${name} is missing`)
  const others = Object.entries(value).flatMap(([name, member]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (property !== undefined) return misfits(document, property, member, `${at}/${name}`)
    return additionalProperties ? [] : [`${at}/${name} is not in the schema`]
  })
  return [...missing, ...others]
}

function typeName(value: unknown, wanted: Schema['type']): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (Number.isInteger(value) && [wanted].flat().includes('integer')) return 'integer'
  return typeof value
}
