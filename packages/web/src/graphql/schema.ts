/** The schema as it describes itself, as far as it is shown. */
export interface GraphQlSchema {
  readonly queryType: { readonly name: string }
  readonly types: readonly GraphQlType[]
}

export interface GraphQlType {
  readonly kind: string
  readonly name: string
  readonly description: string | null
  readonly fields: readonly GraphQlField[] | null
  readonly inputFields: readonly GraphQlInput[] | null
  readonly enumValues: readonly { readonly name: string; readonly description: string | null }[] | null
}

export interface GraphQlField {
  readonly name: string
  readonly description: string | null
  readonly args: readonly GraphQlInput[]
  readonly type: TypeReference
}

export interface GraphQlInput {
  readonly name: string
  readonly description: string | null
  readonly type: TypeReference
  readonly defaultValue: string | null
}

export interface TypeReference {
  readonly kind: string
  readonly name: string | null
  readonly ofType?: TypeReference | null
}

const REFERENCE = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }'
const INPUT = `name description defaultValue type { ${REFERENCE} }`

/** What is asked for it: within the bounds that every document has to keep. */
export const INTROSPECTION = `{
  __schema {
    queryType { name }
    types {
      kind name description
      fields { name description args { ${INPUT} } type { ${REFERENCE} } }
      inputFields { ${INPUT} }
      enumValues { name description }
    }
  }
}`

/** `[AuditLog!]!` */
export function typeName({ kind, name, ofType }: TypeReference): string {
  if (ofType === null || ofType === undefined) return name ?? ''
  const inner = typeName(ofType)
  return kind === 'NON_NULL' ? `${inner}!` : kind === 'LIST' ? `[${inner}]` : inner
}

/** The type itself, without lists and what must be there. */
export function namedType(type: TypeReference): string {
  return type.ofType === null || type.ofType === undefined ? (type.name ?? '') : namedType(type.ofType)
}
