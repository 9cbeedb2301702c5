import {
  executeSync,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  parse,
} from 'graphql'
import type { Random } from '../../../../core/dist/query/testing/random-query.js'
import type { GraphQlAnswer } from './graphql-client.js'

export interface RandomDocument {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/**
 * A valid document within the bounds of depth, aliases and directives, over any fields of the schema: aliases, the
 * same field twice, inline and named fragments, `@skip` and `@include` by constant and by variable, `__typename`.
 * `roots` are the fields of the root to draw from, each with the arguments it needs; `inner` are those of others.
 */
export function randomDocument(
  random: Random,
  schema: GraphQLSchema,
  roots: Readonly<Record<string, string>>,
  inner: Readonly<Record<string, string>> = {},
): RandomDocument {
  return new DocumentDraw(random, schema, roots, inner).draw()
}

/** The answer that GraphQL's own executor gives from `rootValue`, as JSON. */
export function executed(
  schema: GraphQLSchema,
  { query, variables }: RandomDocument,
  rootValue: object,
): string {
  const result = executeSync({ schema, document: parse(query), rootValue, variableValues: variables })
  if (result.errors !== undefined) throw result.errors[0]
  return JSON.stringify(result)
}

/** Whether a document that was drawn was refused, as some are, for what its fragments add up to. */
export function isPastBounds({ body }: GraphQlAnswer): boolean {
  const code = body.errors?.[0].extensions.code
  return [
    'too_costly',
    'too_many_lists',
    'too_many_aliases',
    'too_many_directives',
    'too_many_root_fields',
  ].includes(code)
}

const DEPTH_MAX = 9

class DocumentDraw {
  readonly #random: Random
  readonly #schema: GraphQLSchema
  readonly #roots: Readonly<Record<string, string>>
  readonly #inner: Readonly<Record<string, string>>
  readonly #variables: Record<string, boolean> = {}
  readonly #fragments: string[] = []
  #aliases = 0
  #directives = 0

  constructor(
    random: Random,
    schema: GraphQLSchema,
    roots: Readonly<Record<string, string>>,
    inner: Readonly<Record<string, string>>,
  ) {
    this.#random = random
    this.#schema = schema
    this.#roots = roots
    this.#inner = inner
  }

  draw(): RandomDocument {
    const names = Object.keys(this.#roots)
    const query = this.#schema.getQueryType() as GraphQLObjectType
    const count = this.#random.between(1, 2)
    const root = Array.from({ length: count }, () => this.#field(query, this.#random.pick(names), 1)).join(
      ' ',
    )
    const typename = this.#random.chance(0.3) ? ' __typename' : ''
    const declared = Object.keys(this.#variables).map((name) => `$${name}: Boolean!`)
    const head = declared.length === 0 ? '' : `query Q(${declared.join(', ')}) `
    return {
      query: `${head}{ ${root}${typename} } ${this.#fragments.join(' ')}`.trim(),
      variables: this.#variables,
    }
  }

  #selectionSet(type: GraphQLObjectType, depth: number): string {
    const names = Object.keys(type.getFields()).filter((name) => this.#isWithin(type, name, depth))
    const parts = Array.from({ length: this.#random.between(1, 4) }, () =>
      this.#selection(type, names, depth),
    )
    // Something is always left, whatever the directives do.
    return `{ ${parts.join(' ')} __typename }`
  }

  #selection(type: GraphQLObjectType, names: readonly string[], depth: number): string {
    if (names.length === 0 || this.#random.chance(0.1)) return '__typename'
    const field = () => this.#field(type, this.#random.pick(names), depth)
    if (this.#random.chance(0.15)) {
      const condition = this.#random.chance(0.5) ? ` on ${type.name}` : ''
      return `...${condition}${this.#directive()} { ${field()} ${field()} }`
    }
    if (this.#fragments.length < 4 && this.#random.chance(0.15)) {
      const body = `{ ${field()} ${field()} }`
      const name = `F${this.#fragments.length}`
      this.#fragments.push(`fragment ${name} on ${type.name} ${body}`)
      return `...${name}${this.#directive()}${this.#random.chance(0.3) ? ` ...${name}` : ''}`
    }
    return field()
  }

  #field(type: GraphQLObjectType, name: string, depth: number): string {
    const field = type.getFields()[name] as { readonly type: GraphQLOutputType }
    // A name of its own for each alias: the same one for two fields would not be valid.
    const alias = this.#aliases < 4 && this.#random.chance(0.2) ? `x${this.#aliases++}_${name}: ` : ''
    const args = (depth === 1 ? this.#roots : this.#inner)[name] ?? ''
    const inner = getNamedType(field.type)
    const within = isObjectType(inner) ? ` ${this.#selectionSet(inner, depth + 1)}` : ''
    return `${alias}${name}${args}${this.#directive()}${within}`
  }

  #directive(): string {
    if (this.#directives > 15 || this.#random.chance(0.8)) return ''
    this.#directives += 1
    const name = this.#random.pick(['skip', 'include'])
    if (this.#random.chance(0.5)) return ` @${name}(if: ${this.#random.chance(0.5)})`
    const variable = `v${Object.keys(this.#variables).length}`
    this.#variables[variable] = this.#random.chance(0.5)
    return ` @${name}(if: $${variable})`
  }

  #isWithin(type: GraphQLObjectType, name: string, depth: number): boolean {
    const inner = getNamedType((type.getFields()[name] as { readonly type: GraphQLOutputType }).type)
    return !isObjectType(inner) || depth < DEPTH_MAX - 1
  }
}
