import { expect, it } from 'vitest'
import type { Admission } from '../entry/admission.js'
import { admitEntries } from '../entry/admit.js'
import { CatalogueInspection, type CataloguePolicy, type CatalogueRules } from './inspection.js'
import { readMetadataSchema } from './metadata-schema.js'

function rules(unknown: CataloguePolicy, mismatch: CataloguePolicy): CatalogueRules {
  const reading = readMetadataSchema({ required: ['total'], properties: { total: { type: 'integer' } } })
  if (!reading.ok) throw new Error(reading.problem.message)
  return {
    policies: { unknown_action: unknown, metadata_mismatch: mismatch },
    actions: new Map([
      ['order.created', { version: 3, schema: reading.schema }],
      ['order.sent', { version: 0, schema: undefined }],
    ]),
  }
}

const ENTRIES = [
  { action: 'order.sent', metadata: { any: 1 } },
  { action: 'order.created', metadata: { total: 'many' } },
  { action: 'order.lost' },
  { action: 'order.created' },
  { action: 'order.created', metadata: { total: 1 } },
]
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

function admit(
  inspection: CatalogueInspection,
  body: Uint8Array,
  format: 'json' | 'ndjson' = 'json',
): Admission {
  return admitEntries(body, format, {}, inspection.inspect)
}

it('refuses what does not agree, all at once, with pointers into the body', () => {
  const admission = admit(new CatalogueInspection(rules('refuse', 'refuse')), bytesOf(ENTRIES))
  if (admission.admitted) expect.fail()
  expect(admission.problems.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
    'metadata_mismatch /1/metadata/total',
    'unknown_action /2/action',
    'metadata_mismatch /3/metadata',
  ])
})

it('points at the line of NDJSON and at the one entry of a body', () => {
  const inspection = new CatalogueInspection(rules('refuse', 'refuse'))
  const lines = `${JSON.stringify(ENTRIES[0])}\n${JSON.stringify(ENTRIES[2])}\n`
  expect(admit(inspection, new TextEncoder().encode(lines), 'ndjson')).toMatchObject({
    problems: [{ pointer: '/1/action' }],
  })
  expect(admit(new CatalogueInspection(rules('refuse', 'accept')), bytesOf(ENTRIES[2]))).toMatchObject({
    problems: [{ pointer: '/action' }],
  })
})

it('flags what does not agree and admits it as it was sent', () => {
  const inspection = new CatalogueInspection(rules('flag', 'flag'))
  const admission = admit(inspection, bytesOf(ENTRIES))
  expect(admission).toEqual(admitEntries(bytesOf(ENTRIES), 'json'))
  expect(inspection.flags).toMatchObject([
    { index: 1, kind: 'metadata_mismatch', action: 'order.created', version: 3, pointer: '/metadata/total' },
    { index: 2, kind: 'unknown_action', action: 'order.lost', version: 0, pointer: '/action' },
    { index: 3, kind: 'metadata_mismatch', version: 3, pointer: '/metadata' },
  ])
})

it('keeps the two policies apart', () => {
  const inspection = new CatalogueInspection(rules('accept', 'flag'))
  expect(admit(inspection, bytesOf(ENTRIES)).admitted).toBe(true)
  expect(inspection.flags.map(({ kind }) => kind)).toEqual(['metadata_mismatch', 'metadata_mismatch'])
  const other = new CatalogueInspection(rules('flag', 'accept'))
  expect(admit(other, bytesOf(ENTRIES)).admitted).toBe(true)
  expect(other.flags.map(({ kind }) => kind)).toEqual(['unknown_action'])
})

it('lets the entries of a request share its steps', () => {
  const inspection = new CatalogueInspection(rules('accept', 'flag'), 10)
  const many = Array.from({ length: 20 }, () => ({ action: 'order.created', metadata: { total: 1 } }))
  expect(admit(inspection, bytesOf(many)).admitted).toBe(true)
  expect(inspection.flags.at(-1)?.message).toContain('takes too long')
  expect(inspection.flags.length).toBeLessThan(20)
})
