import { expect, it } from 'vitest'
import { RowCounter } from './row-counter.js'

const counted = (format: 'csv' | 'ndjson', ...parts: readonly string[]) => {
  const counter = new RowCounter(format)
  for (const part of parts) counter.add(new TextEncoder().encode(part))
  return counter.rows
}

it('counts rows of CSV, whatever stands in quotes and wherever the bytes are cut', () => {
  expect(counted('csv')).toBe(0)
  expect(counted('csv', 'a,b\r\n')).toBe(0)
  expect(counted('csv', 'a,b\r\n1,"x\r\ny ""z""\n"\r\n', '2,"', 'q\n"\r\n')).toBe(2)
})

it('counts lines of NDJSON, in which a quote means nothing', () => {
  expect(counted('ndjson', '{"a":"\\""}\n{"b":1}\n')).toBe(2)
})
