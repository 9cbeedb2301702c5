import { describe, expect, it } from 'vitest'
import { HOSTILE_TEXTS } from '../../../../core/dist/query/testing/random-query.js'
import type { ReadEntry } from '../../reading/reads.js'
import { CSV_HEADER, makeEncoder } from './csv.js'
import { readCsv } from './testing/read-csv.js'

const ENTRY: ReadEntry = {
  id: '01930000-0000-7000-8000-000000000001',
  organization_id: '01930000-0000-7000-8000-00000000000a',
  mode: 'live',
  seq: 0,
  recorded_at: '2026-11-21T02:00:00.123456Z',
  entry_hash: '0'.repeat(64),
  prev_hash: '0'.repeat(64),
}
const withLabel = (label: string): ReadEntry => ({ ...ENTRY, action: 'a.b', resource: { type: 't', label } })
const labelOf = (line: string) => readCsv(line)[0]?.[7]
const faithful = makeEncoder({ escapeFormulas: false, ownActionNames: 'vendor' })
const escaped = makeEncoder({ escapeFormulas: true, ownActionNames: 'vendor' })

describe('a line of CSV', () => {
  it('has the twelve properties of the header, nothing for what is missing', () => {
    expect(CSV_HEADER).toBe(
      'event_id,event_time,action_name,user_id,user_name,user_agent,source_ip,resource_name,resource_id,compute_region,client_chain,source_client\r\n',
    )
    expect(faithful(ENTRY)).toBe(`${ENTRY.id},${ENTRY.recorded_at},,,,,,,,,,\r\n`)
  })

  it.each(HOSTILE_TEXTS.map((text) => [JSON.stringify(text), text]))('keeps %s as it is', (_name, text) => {
    expect(labelOf(faithful(withLabel(text)))).toBe(text)
    expect(labelOf(faithful(withLabel(`${text},"${text}"\r\n`)))).toBe(`${text},"${text}"\r\n`)
  })

  it('names the user by e-mail address, else label, else name', () => {
    const nameOf = (actor: ReadEntry['actor']) =>
      readCsv(faithful({ ...ENTRY, ...(actor && { actor }) }))[0]?.[4]
    expect(nameOf({ type: 'user', email: 'e', label: 'l', name: 'n' })).toBe('e')
    expect(nameOf({ type: 'user', email: '', label: 'l', name: 'n' })).toBe('l')
    expect(nameOf({ type: 'user', name: 'n' })).toBe('n')
    expect(nameOf({ type: 'user' })).toBe('')
  })
})

describe('formulas', () => {
  const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\0=1', ' =1', '|cmd', '%0A=1']
  const wide = ['＝1', '＋1', '－1', '＠A']

  it.each([...formulas, ...wide].map((text) => [JSON.stringify(text), text]))(
    'escapes %s when asked to, and only then',
    (_name, text) => {
      expect(labelOf(escaped(withLabel(text)))).toBe(`'${text}`)
      expect(labelOf(faithful(withLabel(text)))).toBe(text)
    },
  )

  it.each(['a=1', 'x', "'=1", '1-1', 'ada@example.com', ' a'])('leaves %j alone', (text) => {
    expect(labelOf(escaped(withLabel(text)))).toBe(text)
  })
})
