import { expect, it } from 'vitest'
import { newRequestId } from './request-id.js'

it('gives every request an id of its own', () => {
  const ids = Array.from({ length: 1_000 }, newRequestId)
  expect(new Set(ids).size).toBe(1_000)
  for (const id of ids) expect(id).toMatch(/^req_[0-9A-Za-z]{20}$/)
})
