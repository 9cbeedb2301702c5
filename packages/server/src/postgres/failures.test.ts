import { AppError } from '@counterfoil/core'
import { DatabaseError } from 'pg'
import { describe, expect, it } from 'vitest'
import { readPostgresUrl } from './connection-url.js'
import { CommitUnknown, failureOf, toAppError } from './failures.js'

function databaseError(code: string): DatabaseError {
  const error = new DatabaseError('what PostgreSQL said', 20, 'error')
  error.code = code
  return error
}

describe('failureOf', () => {
  it.each([
    ['08006', 'away'],
    ['57P01', 'away'],
    ['57P03', 'away'],
    ['53300', 'away'],
    ['40001', 'again'],
    ['40P01', 'again'],
    ['55P03', 'again'],
    ['57014', 'again'],
    ['53100', 'full'],
    ['53200', 'full'],
    ['25006', 'read_only'],
    ['XX001', 'damaged'],
    ['58030', 'damaged'],
    ['23505', 'defect'],
    ['42P01', 'defect'],
  ])('takes %s for %s', (code, failure) => expect(failureOf(databaseError(code))).toBe(failure))

  it.each([
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    new Error('Connection terminated unexpectedly'),
    new Error('Query read timeout'),
  ])('takes a broken connection for one: %s', (error) => expect(failureOf(error)).toBe('away'))

  it('takes our own mistakes for defects', () => {
    for (const error of [new TypeError('x is undefined'), new RangeError('too far'), 'text', undefined])
      expect(failureOf(error)).toBe('defect')
  })
})

describe('toAppError', () => {
  const address = readPostgresUrl('database_url', 'postgres://u:secret@db.example.com/audit')

  it.each([
    ['53100', 'disk_full', 'Free space on the disk of the PostgreSQL server at db.example.com:5432/audit'],
    ['25006', 'database_unavailable', 'Let database_url name the primary'],
    ['57P01', 'database_unavailable', 'Send the request again'],
    ['XX001', 'damaged_journal', 'reports damage of its own files'],
  ])('says of %s what to do', (code, expected, hint) => {
    const cause = databaseError(code)
    const error = toAppError(address, cause)
    expect(error).toMatchObject({ code: expected, cause, hint: expect.stringContaining(hint) })
    expect((error as AppError).hint).not.toContain('secret')
  })

  it('leaves our own errors, and defects, what they are', () => {
    for (const error of [
      new AppError('not_found'),
      new CommitUnknown(address, undefined),
      new TypeError('x'),
    ])
      expect(toAppError(address, error)).toBe(error)
  })
})
