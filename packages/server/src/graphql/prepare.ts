import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql'
import { type Cost, costOf } from './cost.js'
import { type Fragments, fragmentsOf } from './document-shape.js'
import type { Documents } from './documents.js'
import { ERRORS_MAX, INTROSPECTION_COST_MAX } from './limits.js'
import type { GraphQlRequest } from './read-request.js'
import { refusal, refusals } from './refusal.js'

/** An operation that may be executed: valid, within its cost, with its variables. */
export interface PreparedOperation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
  /** Coerced to the operation's types. */
  readonly variables: Readonly<Record<string, unknown>>
  readonly request: GraphQlRequest
  readonly cost: Cost
}

export interface CostBound {
  readonly max: number
  /** Page size of a field with `first` when it is not given. */
  readonly firstDefault: number
}

/** Everything that is checked before execution. Throws `invalid_document`. */
export function prepareOperation(
  schema: GraphQLSchema,
  documents: Documents,
  request: GraphQlRequest,
  bound: CostBound,
): PreparedOperation {
  const document = documents.read(request.query)
  const operation = getOperationAST(document, request.operationName)
  if (operation === null || operation === undefined) {
    throw refusal(
      'unknown_operation',
      request.operationName === undefined
        ? 'Say by "operationName" which of the operations to execute.'
        : 'The document has no operation of that "operationName".',
    )
  }
  if (operation.operation !== 'query') {
    throw refusal('only_queries', 'This API only reads: send a query.', [operation])
  }
  const definitions = operation.variableDefinitions ?? []
  const { errors, coerced } = getVariableValues(schema, definitions, request.variables, {
    maxErrors: ERRORS_MAX,
  })
  if (errors !== undefined) throw refusals('invalid_variables', errors)
  const fragments = fragmentsOf(document)
  const cost = costOf(operation, fragments, coerced, bound.firstDefault)
  requireWithin(cost, bound, operation)
  return { schema, document, operation, fragments, variables: coerced, request, cost }
}

function requireWithin(
  { fields, introspection }: Cost,
  { max }: CostBound,
  operation: OperationDefinitionNode,
): void {
  if (fields > max) {
    throw refusal(
      'too_costly',
      `The query has a complexity of ${fields}; at most ${max} may be. Ask for fewer fields or a smaller "first".`,
      [operation],
    )
  }
  if (introspection > INTROSPECTION_COST_MAX) {
    throw refusal('too_costly', 'The introspection asks for more of the schema than one query may.', [
      operation,
    ])
  }
}
