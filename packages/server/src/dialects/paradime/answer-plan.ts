import {
  executeSync,
  type GraphQLObjectType,
  getArgumentValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'
import { type CollectedField, collectFields, collectSubfields } from '../../graphql/collect-fields.js'
import type { PreparedOperation } from '../../graphql/prepare.js'
import { refusal } from '../../graphql/refusal.js'
import type { AskedField } from './entry-shape.js'
import type { EntryField } from './schema.js'

/** Arguments of `getAuditLogs`, times in microseconds since 1970. */
export interface LogArguments {
  readonly limit?: number | null
  readonly offset?: number | null
  readonly startTime?: number | null
  readonly endTime?: number | null
}

/** A list of entries within an answer. */
export interface EntryList {
  readonly fields: readonly AskedField[]
  readonly arguments: LogArguments
}

/** An answer in pieces: JSON text, and between it the list of entries, if one was asked for. */
export interface AnswerPlan {
  readonly before: string
  readonly list: EntryList | undefined
  readonly after: string
}

/**
 * Takes a query apart into JSON text and the list that stands in it, so that the entries need not go through a
 * resolver for each of their fields: 13 for each of 100,000 entries would hold up everybody else for seconds.
 */
export function planAnswer(operation: PreparedOperation): AnswerPlan {
  const lists: EntryList[] = []
  const root = operation.operation.selectionSet
  const json = `{"data":${toObject(
    collectFields(operation, [root]).map((field) => {
      if (field.name === '__typename') return [field.key, '"Query"']
      if (field.name.startsWith('__')) return [field.key, introspect(operation, field)]
      const members = collectSubfields(operation, field).map((member) => {
        if (member.name === '__typename') return [member.key, '"AuditLogs"'] as const
        lists.push({ fields: askedFields(operation, member), arguments: argumentsOf(operation, field) })
        return [member.key, `[${MARK}]`] as const
      })
      return [field.key, toObject(members)]
    }),
  )}}`
  if (lists.length > 1) {
    throw refusal('too_many_lists', 'Ask for one list of audit logs in a request.', [operation.operation])
  }
  const [before = '', after = ''] = json.split(MARK)
  return { before, list: lists[0], after }
}

/** Stands for the list. No JSON text contains it: strings in JSON have their control characters escaped. */
const MARK = '\u0000'

function toObject(members: readonly (readonly [key: string, json: string])[]): string {
  return `{${members.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`
}

function askedFields(operation: PreparedOperation, list: CollectedField): readonly AskedField[] {
  return collectSubfields(operation, list).map(({ key, name }) => [
    JSON.stringify(key),
    name === '__typename' ? null : (name as EntryField),
  ])
}

function argumentsOf(
  { schema, variables }: PreparedOperation,
  { name, nodes }: CollectedField,
): LogArguments {
  const definition = (schema.getQueryType() as GraphQLObjectType).getFields()[name]
  const [node] = nodes
  if (definition === undefined || node === undefined) return {}
  return getArgumentValues(definition, node, variables)
}

/** `__schema` and `__type` are GraphQL's own to answer. */
function introspect(
  { schema, document, operation, request }: PreparedOperation,
  { key, nodes }: CollectedField,
): string {
  const alone: OperationDefinitionNode = {
    ...operation,
    selectionSet: { kind: Kind.SELECTION_SET, selections: nodes },
  }
  const { data, errors } = executeSync({
    schema,
    document: {
      ...document,
      definitions: document.definitions.map((definition) => (definition === operation ? alone : definition)),
    },
    variableValues: request.variables,
    ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
  })
  if (errors?.[0] !== undefined) throw errors[0]
  return JSON.stringify(data?.[key])
}
