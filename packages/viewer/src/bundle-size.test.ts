import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

const GZIPPED_BYTES_MAX = 40 * 1_024

it(`the viewer's script is at most ${GZIPPED_BYTES_MAX} bytes, gzipped, and needs no other`, () => {
  const script = readFileSync(new URL('../bundle/counterfoil-viewer.js', import.meta.url))
  expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(GZIPPED_BYTES_MAX)
  expect(script.toString('utf8')).not.toMatch(/\bimport\b[^;]*\bfrom\b|\bimport\(/)
  // Nothing is ever made markup of, and nothing is evaluated.
  expect(script.toString('utf8')).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/,
  )
})
