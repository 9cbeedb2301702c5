import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogName } from '@counterfoil/core'
import { anEntry } from '@counterfoil/server/dist/journal/conformance.js'
import { openPostgresJournal } from '@counterfoil/server/dist/journal/postgres/postgres-journal.js'
import { openPostgresJournalReader } from '@counterfoil/server/dist/journal/postgres/postgres-rows.js'
import { openPostgres } from '@counterfoil/server/dist/postgres/postgres.js'
import { startEmbeddedServer } from '@counterfoil/server/dist/postgres/testing/embedded-server.js'
import { expect, it } from 'vitest'
import { mountTmpfs, unmount, whyNoMounts } from '../support/mounts.js'

const LOG: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }
const why = whyNoMounts()

it.skipIf(why !== undefined)(
  `PostgreSQL whose disk is full: refused as that, nothing half done, and on again with space${why === undefined ? '' : ` (${why})`}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-small-disk-'))
    chmodSync(folder, 0o755)
    const disk = join(folder, 'disk')
    await mountTmpfs(disk, 2 * 2 ** 20)
    const server = await startEmbeddedServer()
    try {
      const { uid, gid } = statSync(`/proc/${await server.pid()}`)
      chownSync(disk, uid, gid)
      const url = await server.createDatabase('counterfoil')
      const settings = { url, index: 'test' }
      const journal = await openPostgresJournal({
        ...settings,
        originHost: 'test.local',
        now: () => Date.now() * 1_000,
      })
      const reader = await openPostgresJournalReader({ ...settings, purpose: 'test' })
      const owner = await openPostgres({ url, purpose: 'test', asOwner: true })
      await owner.query(`CREATE TABLESPACE small LOCATION '${disk}'`)
      await owner.query('ALTER TABLE blocks SET TABLESPACE small')
      await owner.close()
      let recorded = 0
      const record = async () => {
        const text = crypto.getRandomValues(Buffer.alloc(30_000)).toString('hex')
        const entry = anEntry('a.a', { metadata: { text } })
        await journal.append([{ log: LOG, entries: [entry] }])
        recorded++
      }
      const untilFull = async () => {
        for (;;) await record()
      }
      await expect(untilFull()).rejects.toMatchObject({
        code: 'disk_full',
        hint: expect.stringContaining('Free space on the disk of the PostgreSQL server'),
      })
      expect(recorded).toBeGreaterThan(10)
      await expect(record()).rejects.toMatchObject({ code: 'disk_full' })
      expect(await reader.verify(LOG, {})).toMatchObject({ walked: recorded, headMatches: true })
      execFileSync('mount', ['-o', 'remount,size=16m', disk])
      await record()
      expect(await reader.verify(LOG, {})).toMatchObject({ walked: recorded, headMatches: true })
      await Promise.all([journal.close(), reader.close()])
    } finally {
      await server.remove()
      await unmount(disk)
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
