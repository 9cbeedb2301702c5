import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { admitEntries } from '@counterfoil/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FILES_MAX } from './git-log.js'
import type { GitEntry } from './git-mapping.js'
import { gitSource } from './git-source.js'

let directory: string
let repository: string

/** Git without this machine's configuration. */
function git(where: string, ...args: readonly string[]): string {
  const person = { NAME: 'Ada Lovelace', EMAIL: 'ada@example.com', DATE: '2026-11-20T08:30:00+02:00' }
  const variables = Object.entries(person).flatMap(([name, value]) => [
    [`GIT_AUTHOR_${name}`, value],
    [`GIT_COMMITTER_${name}`, value],
  ])
  const env = {
    PATH: process.env.PATH,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    ...Object.fromEntries(variables),
  }
  return execFileSync('git', ['-C', where, ...args], { env, encoding: 'latin1' })
}

/** Gives the last commit a message and an author in Latin-1, as old tools wrote them; git itself would mend that. */
function spoilLastCommit(): void {
  const text = git(repository, 'cat-file', 'commit', 'HEAD').replace('Last', 'Gr\xfc\xdfe \x1b[31m')
  writeFileSync(join(directory, 'commit'), Buffer.from(text.replace('author Ada', 'author Ad\xe4'), 'latin1'))
  const sha = git(repository, 'hash-object', '-t', 'commit', '-w', join(directory, 'commit')).trim()
  git(repository, 'update-ref', 'HEAD', sha)
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-git-'))
  repository = join(directory, 'ledger')
  mkdirSync(repository)
  git(repository, 'init', '-q', '-b', 'main')
  writeFileSync(join(repository, 'a.txt'), 'one\ntwo\nthree\nfour\n')
  writeFileSync(join(repository, 'logo.png'), Buffer.from([0, 1, 2, 0]))
  git(repository, 'add', '.')
  git(repository, 'commit', '-qm', 'First\n\nWith a body.\n12\t3\tlooks like a file')
  git(repository, 'checkout', '-q', '-b', 'side')
  renameSync(join(repository, 'a.txt'), join(repository, 'b c\tü.txt'))
  git(repository, 'add', '-A')
  git(repository, 'commit', '-qm', 'Rename')
  git(repository, 'checkout', '-q', 'main')
  git(repository, 'commit', '-q', '--allow-empty', '--allow-empty-message', '-m', '')
  git(repository, 'merge', '-q', '--no-ff', '-m', 'Merge side', 'side')
  for (let i = 0; i <= FILES_MAX; i++) writeFileSync(join(repository, `file-${i}`), 'x\n')
  git(repository, 'add', '-A')
  git(repository, 'commit', '-qm', 'Last')
  spoilLastCommit()
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function entriesOf(path: string): Promise<GitEntry[]> {
  const entries: GitEntry[] = []
  for await (const { mapped } of (await gitSource(path)).items(0)) {
    if (!('entry' in mapped)) throw new Error(mapped.reason)
    expect(admitEntries(mapped.entry, 'json')).toMatchObject({ admitted: true })
    entries.push(JSON.parse(Buffer.from(mapped.entry).toString()) as GitEntry)
  }
  return entries
}

it('gives an entry for each commit, oldest first, with who, what and when', async () => {
  const entries = await entriesOf(repository)
  const named = (name: string) => entries.find(({ description }) => description === name)
  expect(entries).toHaveLength(5)
  expect(entries[0]).toMatchObject({
    action: 'git.commit',
    actor: { type: 'user', id: 'ada@example.com', name: 'Ada Lovelace' },
    resource: { type: 'commit', label: 'First' },
    targets: [{ type: 'repository', label: 'ledger' }],
    occurred_at: '2026-11-20T08:30:00+02:00',
    metadata: {
      message: 'First\n\nWith a body.\n12\t3\tlooks like a file',
      files_changed: 2,
      files: [{ path: 'a.txt', insertions: 4, deletions: 0 }, { path: 'logo.png' }],
    },
  })
  expect(named('Rename')?.metadata.files).toEqual([
    { path: 'b c\tü.txt', from: 'a.txt', insertions: 0, deletions: 0 },
  ])
  expect(named('Merge side')).toMatchObject({ action: 'git.merge' })
  expect(entries.filter(({ description }) => description === undefined)).toHaveLength(1)
})

it('says what it left out, and keeps the bytes of text that is no UTF-8', async () => {
  const last = (await entriesOf(repository)).at(-1)
  expect(last?.metadata).toMatchObject({
    files_changed: FILES_MAX + 1,
    files_truncated: true,
    insertions: FILES_MAX + 1,
  })
  expect(last?.metadata.files).toHaveLength(FILES_MAX)
  expect(last?.metadata.message).toContain('Grüße')
  expect(last?.actor.name).toBe('Adä Lovelace')
  expect(last?.metadata.not_utf8).toEqual({
    message: Buffer.from('Gr\xfc\xdfe \x1b[31m\n', 'latin1').toString('base64'),
    'author/name': Buffer.from('Ad\xe4 Lovelace', 'latin1').toString('base64'),
  })
})

it('gives the same entries of a clone, and after another history was merged in', async () => {
  const before = await entriesOf(repository)
  const clone = join(directory, 'clones', 'ledger')
  git(directory, 'clone', '-q', repository, clone)
  git(clone, 'checkout', '-q', '--orphan', 'other')
  git(clone, 'commit', '-qm', 'Another root')
  git(clone, 'checkout', '-q', 'main')
  git(clone, 'merge', '-q', '--allow-unrelated-histories', '-m', 'Join', 'other')
  const after = new Map((await entriesOf(clone)).map((entry) => [entry.id, entry]))
  for (const entry of before) expect(after.get(entry.id)).toEqual(entry)
  expect(after.size).toBe(before.length + 2)
})

it('goes on after the commits that were settled before', async () => {
  const numbers: number[] = []
  for await (const { number } of (await gitSource(repository)).items(3)) numbers.push(number)
  expect(numbers).toEqual([4, 5])
})
