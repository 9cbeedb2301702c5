import { describe, expect, it } from 'vitest'
import { cardHeight, cardLinesOf } from './card-lines.js'
import type { ColumnId } from './columns.js'

const choices = (...ids: readonly ColumnId[]) => ids.map((id) => ({ id, width: 100 }))

describe('a card', () => {
  it('says what the chosen columns do, in their order, and nothing else', () => {
    expect(cardLinesOf(choices('time', 'severity', 'user', 'action', 'resource', 'ip', 'region'))).toEqual([
      { left: ['action'], right: 'severity' },
      { left: ['user', 'resource'], right: 'time' },
      { left: ['ip', 'region'] },
    ])
    expect(cardLinesOf(choices('session', 'user'))).toEqual([{ left: ['session'] }, { left: ['user'] }])
    expect(cardLinesOf(choices('time'))).toEqual([{ left: [], right: 'time' }])
  })

  it('is as tall as its lines', () => {
    expect(cardHeight(choices('time', 'severity', 'user', 'action'))).toBe(58)
    expect(cardHeight(choices('time'))).toBe(40)
  })
})
