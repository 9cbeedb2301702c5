import { AppError } from '@counterfoil/core'
import { type ASTNode, GraphQLError } from 'graphql'

/** Why a request was refused before anything was executed; `extensions.code` in the answer. */
export type RefusalCode =
  | 'batch_refused'
  | 'syntax_error'
  | 'too_many_tokens'
  | 'fragment_cycle'
  | 'too_deep'
  | 'too_many_aliases'
  | 'too_many_root_fields'
  | 'too_many_directives'
  | 'too_many_lists'
  | 'too_costly'
  | 'validation_failed'
  | 'unknown_operation'
  | 'only_queries'
  | 'invalid_variables'

/** One error of a GraphQL answer. */
export interface GraphQlFailure {
  readonly message: string
  readonly locations?: readonly { readonly line: number; readonly column: number }[]
  readonly extensions: { readonly code: string } & Readonly<Record<string, unknown>>
}

/** An error that says `message` under a code of its own, with the places of `nodes` in the document. */
export function refusal(code: RefusalCode, message: string, nodes: readonly ASTNode[] = []): AppError {
  return refusals(code, [new GraphQLError(message, { nodes })])
}

/** The same for errors that GraphQL itself found. */
export function refusals(code: RefusalCode, errors: readonly GraphQLError[]): AppError {
  const failures = errors.map(
    ({ message, locations }): GraphQlFailure => ({
      message,
      ...(locations === undefined ? {} : { locations }),
      extensions: { code },
    }),
  )
  return new AppError('invalid_document', {
    hint: failures[0]?.message ?? 'See the documentation of this API.',
    details: { failures },
  })
}
