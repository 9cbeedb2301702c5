import { AppError, type ErrorCode, type Problem } from '@counterfoil/core'
import { ServerError, ServerUnreachable } from './api/server-error.js'
import { EXIT, type Output } from './command.js'
import { toTerminalText } from './output/terminal-text.js'

/** What went wrong, in the one shape in which every command says it. */
interface Failure {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  readonly param?: string | undefined
  readonly requestId?: string | undefined
  /** More lines for a person. */
  readonly lines?: readonly string[]
  /** More members for a program. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly exitCode: number
}

const USAGE_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid_request',
  'invalid_setting',
  'invalid_search',
  'invalid_schema',
  'missing_api_key',
])
const REFUSAL_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid_entry',
  'body_too_large',
  'id_conflict',
  'idempotency_key_mismatch',
])
/** Errors of the command line whose hint says all: the general sentence before it would only be in the way. */
const HINT_SAYS_ALL: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid_request',
  'invalid_setting',
  'not_found',
])
const PROBLEMS_SHOWN_MAX = 20

/** Prints an error that the user can act on and gives the exit code. Throws what is none: that is a defect. */
export function reportError(error: unknown, json: boolean, stderr: Output): number {
  const failure = toFailure(error)
  if (failure === undefined) throw error
  stderr.write(json ? toJson(failure) : toText(failure))
  return failure.exitCode
}

function toFailure(error: unknown): Failure | undefined {
  if (error instanceof AppError) {
    const { code, message, hint, param, details } = error
    const lines = Array.isArray(details?.lines) ? (details.lines as string[]) : []
    return { code, message, hint, param, lines, ...(details && { details }), exitCode: exitCodeOf(code) }
  }
  if (error instanceof ServerError) {
    const { code, message, hint, param, requestId, problems, body } = error
    return {
      code,
      message,
      // The hint of a refusal is its first problem; the lines say it again, with its place.
      hint: problems.length > 0 ? undefined : hint,
      param,
      requestId,
      lines: problemLines(problems),
      details: body,
      exitCode: exitCodeOf(code),
    }
  }
  if (error instanceof ServerUnreachable) {
    return { code: 'unreachable', message: error.message, hint: error.hint, exitCode: EXIT.unreachable }
  }
  return undefined
}

function problemLines(problems: readonly Problem[]): readonly string[] {
  const lines = problems
    .slice(0, PROBLEMS_SHOWN_MAX)
    .map(({ pointer, message }) => (pointer === '' ? message : `${pointer}: ${message}`))
  const left = problems.length - lines.length
  return left > 0 ? [...lines, `… and ${left} more; --json shows them all`] : lines
}

function exitCodeOf(code: string): number {
  if (USAGE_CODES.has(code)) return EXIT.usage
  if (REFUSAL_CODES.has(code)) return EXIT.refused
  return code === 'damaged_journal' ? EXIT.broken : EXIT.failed
}

function toJson({ code, message, hint, param, requestId, details }: Failure): string {
  return `${JSON.stringify({ hint, param, request_id: requestId, ...details, error: code, code, message })}\n`
}

function toText({ code, message, hint, requestId, lines = [] }: Failure): string {
  if (requestId === undefined && hint !== undefined && HINT_SAYS_ALL.has(code))
    return `counterfoil: ${toTerminalText(hint)}\n`
  const reference = requestId === undefined ? '' : `  (${code}, request ${requestId})`
  const rows = [
    `counterfoil: ${message}`,
    ...(hint === undefined ? [] : [`  ${hint}`]),
    ...lines.map((line) => `  ${line}`),
    ...(reference === '' ? [] : [reference]),
  ]
  return `${rows.map(toTerminalText).join('\n')}\n`
}
