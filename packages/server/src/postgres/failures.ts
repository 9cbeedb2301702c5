import { AppError } from '@counterfoil/core'
import { DatabaseError } from 'pg'
import { describeAddress, type PostgresAddress } from './connection-url.js'

/**
 * What became of a statement that failed:
 * - `away`: there is no connection, or it broke; before COMMIT was sent nothing was done;
 * - `again`: it was undone for the sake of another transaction, and may be tried again at once;
 * - `full`: the database's disk is full; nothing was done;
 * - `read_only`: the database takes no writes, as a replica does; nothing was done;
 * - `damaged`: the database found its own files damaged;
 * - `defect`: the statement is wrong, or breaks a rule of its table.
 */
export type PostgresFailure = 'away' | 'again' | 'full' | 'read_only' | 'damaged' | 'defect'

const FAILURES: readonly (readonly [codes: RegExp, failure: PostgresFailure])[] = [
  [/^(?:08|57P0[1-5]|53300|53400|28)/, 'away'],
  [/^(?:40|55P03|57014|25P03|25P04)/, 'again'],
  [/^53/, 'full'],
  [/^25006$/, 'read_only'],
  [/^(?:XX001|XX002|58)/, 'damaged'],
]

/** What kind of failure an error is that the driver threw. */
export function failureOf(error: unknown): PostgresFailure {
  if (error instanceof DatabaseError) {
    const code = error.code ?? ''
    return FAILURES.find(([codes]) => codes.test(code))?.[1] ?? 'defect'
  }
  // The driver's own errors have no code of PostgreSQL's: sockets, timeouts, connections that ended.
  return error instanceof Error && isBrokenConnection(error) ? 'away' : 'defect'
}

/** Whether a statement that was written to fail by itself did so. */
export function isDivisionByZero(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '22012'
}

/** The same, by taking a root that there is not. */
export function isInvalidPower(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '2201F'
}

const SOCKET_CODES = /^(?:E[A-Z]+|ERR_TLS\w*|ERR_SSL\w*|[A-Z_]*CERT[A-Z_]*)$/
const BROKEN_TEXTS =
  /^(?:Connection terminated|timeout expired|timeout exceeded|Query read timeout|Client has encountered a connection error|Client was closed|The server does not support SSL|Cannot use a pool after)/

function isBrokenConnection(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException
  return (code !== undefined && SOCKET_CODES.test(code)) || BROKEN_TEXTS.test(error.message)
}

/** COMMIT was sent and no answer came: the transaction was made durable, or it was not. Look before it is repeated. */
export class CommitUnknown extends AppError {
  constructor(address: PostgresAddress, cause: unknown) {
    super('database_unavailable', {
      hint: `The connection to ${describeAddress(address)} broke while it committed.`,
      cause,
    })
  }
}

/** What a caller is told of an error that the driver threw. Our own errors, and defects, stay what they are. */
export function toAppError(address: PostgresAddress, error: unknown): unknown {
  if (error instanceof AppError) return error
  const where = describeAddress(address)
  switch (failureOf(error)) {
    case 'away':
    case 'again':
      return new AppError('database_unavailable', {
        hint: 'Send the request again in a moment: with the same ids nothing is stored twice.',
        cause: error,
      })
    case 'full':
      return new AppError('disk_full', {
        hint: `Free space on the disk of the PostgreSQL server at ${where}; recording resumes by itself. Send the request again: with the same ids nothing is stored twice.`,
        cause: error,
      })
    case 'read_only':
      return new AppError('database_unavailable', {
        hint: `PostgreSQL at ${where} takes no writes, as a replica does. Let ${address.setting} name the primary.`,
        cause: error,
      })
    case 'damaged':
      return new AppError('damaged_journal', {
        hint: `PostgreSQL at ${where} reports damage of its own files. Restore a backup.`,
        cause: error,
      })
    case 'defect':
      return error
  }
}
