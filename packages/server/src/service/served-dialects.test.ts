import { AppError } from '@counterfoil/core'
import { expect, test } from 'vitest'
import type { Dialect } from '../http/route.js'
import { servedDialects } from './served-dialects.js'

const OPENAPI = { paths: {}, schemas: {} }
const ALL: readonly Dialect[] = [
  { name: 'plain', routes: [], openapi: OPENAPI },
  {
    name: 'choosy',
    routes: [],
    openapi: OPENAPI,
    switches: { form: { values: ['string', 'object'], description: 'Form of a field.' } },
  },
]
const DEFAULTS = { dialects: 'all', dialect_prefixes: {}, compatibility: {} }

const refusal = (settings: Partial<typeof DEFAULTS & { compatibility: Record<string, string> }>): string => {
  try {
    servedDialects(ALL, { ...DEFAULTS, ...settings })
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.param}: ${error.hint}`
    throw error
  }
  return 'none'
}

test('all are on, without prefix, with the first value of each switch', () => {
  expect(servedDialects(ALL, DEFAULTS)).toEqual([
    { dialect: ALL[0], prefix: '', switches: {} },
    { dialect: ALL[1], prefix: '', switches: { form: 'string' } },
  ])
})

test('settings choose dialects, prefixes and switches', () => {
  const settings = {
    dialects: 'choosy',
    dialect_prefixes: { choosy: '/vendors/choosy' },
    compatibility: { 'choosy.form': 'object' },
  }
  expect(servedDialects(ALL, settings)).toEqual([
    { dialect: ALL[1], prefix: '/vendors/choosy', switches: { form: 'object' } },
  ])
})

test('a wrong one is refused by name', () => {
  expect(refusal({ dialects: 'plain,chosy' })).toContain('invalid_setting dialects: "chosy"')
  expect(refusal({ dialect_prefixes: { choosy: '/x/' } })).toContain('invalid_setting dialect_prefixes')
  expect(refusal({ compatibility: { 'choosy.form': 'xml' } })).toContain('one of string, object')
  expect(refusal({ compatibility: { 'plain.form': 'x' } })).toContain('"plain.form"')
})
