import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import type { AuditLogEntry } from '../api/answers.js'
import { EntryTable, formatTime } from './entry-table.js'
import { displayWidth } from './terminal-text.js'

function anEntry(members: Partial<AuditLogEntry>): AuditLogEntry {
  return {
    id: '0190b7c2-7d1e-7f00-8000-000000000001',
    seq: 0,
    created_at: '2026-11-21T02:00:00.123456Z',
    action: 'order.created',
    actor: { type: 'user', id: 'u_1', label: 'Ada' },
    resource: { type: 'order', id: '42', label: null },
    severity: 'info',
    outcome: 'success',
    ip_address: '2001:db8:85a3:1234:5678:8a2e:370:7334',
    ...members,
  }
}

function printed(entries: readonly AuditLogEntry[], columns: number | undefined): string[] {
  let text = ''
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    text += chunk.toString()
    done()
  }
  const terminal = columns === undefined ? {} : { isTTY: true, columns }
  new EntryTable(Object.assign(new Writable({ write }), terminal), 'utc').print(entries)
  return text.trimEnd().split('\n')
}

it.each([100, 120, 200])('rows fit into a terminal of %i columns', (columns) => {
  const long = anEntry({
    actor: { type: 'user', id: 'u', label: '漢字'.repeat(60) },
    action: 'a'.repeat(200),
  })
  const rows = printed([anEntry({}), long], columns)
  expect(rows).toHaveLength(3)
  for (const row of rows) expect(displayWidth(row)).toBeLessThanOrEqual(columns)
})

it('what goes to a program is never cut', () => {
  const label = 'x'.repeat(500)
  expect(printed([anEntry({ actor: { type: 'user', id: 'u', label } })], undefined).join()).toContain(label)
})

it('shows level and outcome, and an erased entry as such', () => {
  const rows = printed(
    [anEntry({ severity: 'critical', outcome: 'denied' }), anEntry({ action: null, actor: null })],
    160,
  )
  expect(rows[1]).toContain('denied critical')
  expect(rows[2]).toContain('(erased)')
})

it('formatTime gives the time in UTC to the second', () => {
  expect(formatTime('2026-11-21T02:00:00.999999Z', 'utc')).toBe('2026-11-21 02:00:00Z')
})
