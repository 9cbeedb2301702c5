import { describe, expect, it } from 'vitest'
import { describeAddress, readPostgresUrl } from './connection-url.js'
import { problemOf, type SessionFacts, versionText } from './session.js'

const SOUND: SessionFacts = {
  version: 140_000,
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  encoding: 'UTF8',
  read_only: 'off',
  in_recovery: false,
  clock_ms: 0,
  unguarded: false,
  may_guard: false,
}

describe('problemOf', () => {
  it.each([
    ['nothing', SOUND, 0, undefined],
    ['commits that wait for a replica', { ...SOUND, synchronous_commit: 'remote_apply' }, 0, undefined],
    ['a clock at the limit', SOUND, 60_000, undefined],
    [
      'an old version',
      { ...SOUND, version: 130_018 },
      0,
      /runs PostgreSQL 13\.18, and Counterfoil needs 14\.0/,
    ],
    ['a version of the old numbering', { ...SOUND, version: 90_624 }, 0, /runs PostgreSQL 9\.6,/],
    ['no fsync', { ...SOUND, fsync: 'off' }, 0, /fsync = off/],
    ['no full pages', { ...SOUND, full_page_writes: 'off' }, 0, /full_page_writes = off/],
    ['commits that do not wait', { ...SOUND, synchronous_commit: 'off' }, 0, /synchronous_commit = off/],
    ['a replica', { ...SOUND, in_recovery: true }, 0, /is a replica/],
    ['a read-only database', { ...SOUND, read_only: 'on' }, 0, /default_transaction_read_only/],
    ['another encoding', { ...SOUND, encoding: 'SQL_ASCII' }, 0, /encoding SQL_ASCII/],
    ['a clock ahead', SOUND, 61_000, /clock that is 61 s ahead of this machine/],
    ['a clock behind', SOUND, -61_000, /clock that is 61 s behind this machine/],
  ])('finds %s', (_what, facts, skewMs, sentence) => {
    const problem = problemOf(facts, skewMs)
    if (sentence === undefined) expect(problem).toBeUndefined()
    else expect(problem).toMatch(sentence)
  })

  it.each([
    [180_004, '18.4'],
    [140_000, '14.0'],
    [90_624, '9.6'],
  ])('writes version %i as %s', (version, text) => expect(versionText(version)).toBe(text))
})

describe('readPostgresUrl', () => {
  const read = (text: string) => readPostgresUrl('database_url', text)

  it('reads every part, with what is escaped', () => {
    expect(read('postgresql://au%40dit:p%2Fw%20d@db.example.com:6432/audit%20log')).toEqual({
      setting: 'database_url',
      host: 'db.example.com',
      port: 6432,
      database: 'audit log',
      user: 'au@dit',
      password: 'p/w d',
      ssl: false,
    })
    expect(read('postgres://u@[::1]/d')).toMatchObject({ host: '::1', port: 5432, password: undefined })
    expect(describeAddress(read('postgres:///d?host=/run/postgresql&user=u'))).toBe('/run/postgresql/d')
    expect(read('postgres://u@h/d?sslmode=verify-full').ssl).toEqual({})
    expect(read('postgres://u@h/d?sslmode=require').ssl).toEqual({ rejectUnauthorized: false })
  })

  it.each([
    ['no URL', 'localhost:5432', /must be a URL/],
    ['another scheme', 'mysql://u:secret@h/d', /must be a URL/],
    ['no database', 'postgres://u:secret@h', /names no database/],
    ['no user', 'postgres://h/d', /names no user/],
    ['no host', 'postgres:///d?user=u', /names no host/],
    ['an unknown parameter', 'postgres://u:secret@h/d?fsync=off', /has the parameter "fsync"/],
    ['an unknown mode', 'postgres://u:secret@h/d?sslmode=prefer', /has sslmode=prefer/],
    [
      'a file that is not there',
      'postgres://u:secret@h/d?sslmode=verify-ca&sslrootcert=/none',
      /sslrootcert=\/none/,
    ],
  ])('refuses %s without showing the password', (_what, text, sentence) => {
    let hint: string | undefined
    try {
      read(text)
    } catch (error) {
      hint = (error as { hint?: string }).hint
    }
    expect(hint).toMatch(sentence)
    expect(hint).not.toContain('secret')
    expect(hint).toContain('database_url')
  })
})
