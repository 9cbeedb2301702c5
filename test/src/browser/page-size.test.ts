import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../tidy/source-tree.js'

const FIRST_LOAD_BYTES_MAX = 130 * 1024
const SITE = join(ROOT, 'packages/web/site')

interface Chunk {
  readonly file: string
  readonly isEntry?: true
  readonly imports?: readonly string[]
}

it('loads at most 130 KiB of compressed JavaScript before the log is there', () => {
  const chunks: Readonly<Record<string, Chunk>> = JSON.parse(
    readFileSync(join(SITE, 'manifest.json'), 'utf8'),
  )
  const first = new Set<string>()
  const add = (name: string) => {
    const chunk = chunks[name] as Chunk
    if (first.has(chunk.file)) return
    first.add(chunk.file)
    for (const imported of chunk.imports ?? []) add(imported)
  }
  add(Object.keys(chunks).find((name) => chunks[name]?.isEntry === true) as string)
  const bytes = [...first].map((file) => readFileSync(join(SITE, `${file}.gz`)).length)
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX)
})
