import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenSearchIndex, openSearchIndex } from '@counterfoil/server/dist/index/open-search-index.js'
import { IndexUnavailable } from '@counterfoil/server/dist/index/search-index.js'
import { askServer } from '@counterfoil/server/dist/index/testing/clickhouse-server.js'
import { anIndexedEntry, chunkOf } from '@counterfoil/server/dist/index/testing/test-index.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fill, mountTmpfs, unmount, whyNoMounts } from '../support/mounts.js'

// A full disk makes chDB write an empty file for a table's definition, without a word, and it never starts on such files again.

const why = whyNoMounts()
const DISK_BYTES = 64 * 2 ** 20
const ROWS = 10

let folder: string
let disk: string
let opened: OpenSearchIndex
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-full-index-'))
  disk = join(folder, 'disk')
  if (why !== undefined) return
  await mountTmpfs(disk, DISK_BYTES)
  opened = openSearchIndex({ directory: join(disk, 'index') })
  await opened.index.migrate()
  await opened.index.claim('test')
  const entries = Array.from({ length: ROWS }, (_, seq) => anIndexedEntry(seq))
  await opened.index.insert(chunkOf(entries, 1))
})
afterEach(async () => {
  if (why === undefined) await opened.index.close()
  await unmount(disk)
  rmSync(folder, { recursive: true, force: true })
})

async function ask(sql: string): Promise<string> {
  const { engine } = opened
  return engine === undefined ? 'there is no engine' : (await askServer(await engine.address(), sql)).trim()
}

/** As before files of replaced rows went after a second: a migration has to change the table. */
async function makeOlder(): Promise<void> {
  expect(await ask('ALTER TABLE counterfoil.entries MODIFY SETTING old_parts_lifetime = 10')).toBe('')
  expect(await ask('TRUNCATE TABLE counterfoil.migrations')).toBe('')
  expect(await ask('INSERT INTO counterfoil.migrations (version) SELECT 2')).toBe('')
}

const rows = async () => (await opened.index.standing()).rows
const definition = () => ask("SELECT create_table_query FROM system.tables WHERE name = 'entries'")

describe.skipIf(why !== undefined)(`the engine in the box on a full disk (${why ?? 'tmpfs works'})`, () => {
  it('is not changed there after an upgrade, answers what it has, and is changed by itself once there is room', async () => {
    await makeOlder()
    const ballast = fill(disk, 0)
    await expect(opened.index.migrate()).rejects.toBeInstanceOf(IndexUnavailable)
    expect(await rows()).toBe(ROWS)
    rmSync(ballast)
    await opened.index.migrate()
    expect(await definition()).toContain('old_parts_lifetime = 1')
    expect(await rows()).toBe(ROWS)
  })

  it.each([
    ['the migration that follows makes it anew', async () => undefined],
    ['the engine starts again all the same', () => opened.index.close()],
  ])('that lost a definition there: %s, with an index to be filled', async (_how, between) => {
    const ballast = fill(disk, 0)
    // What a migration did before it looked for room; the engine says nothing of it.
    await ask('ALTER TABLE counterfoil.entries MODIFY SETTING old_parts_lifetime = 10')
    expect(await definition()).toBe('')
    rmSync(ballast)
    await between()
    if (opened.engine?.pid === undefined) opened = openSearchIndex({ directory: join(disk, 'index') })
    await opened.index.migrate()
    await opened.index.claim('test')
    expect(await definition()).toContain('old_parts_lifetime = 1')
    expect(await rows()).toBe(0)
  })
})
