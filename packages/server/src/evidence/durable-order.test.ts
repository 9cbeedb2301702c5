import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newDirectory, removeDirectory } from './testing/keeper-fixture.js'

// kill -9 shows what is done before what; that it is also on the disk before the next begins shows the order of syncs alone.

const CHILD = fileURLToPath(new URL('./testing/killed-keeper.js', import.meta.url))
const canTrace =
  spawnSync('strace', ['-f', '-qq', '-y', '-o', '/dev/null', '-e', 'trace=fsync', 'true']).status === 0
if (!canTrace)
  process.stderr.write(
    '\n*** SKIPPED: strace is not here or may not trace, so nothing shows in which order evidence is synced.\n\n',
  )

let directory: string
beforeAll(() => {
  directory = newDirectory()
})
afterAll(() => removeDirectory(directory))

/** What the process did, in order: `journal`, `ledger` and `signer` are syncs of these files or their logs; `told` is its output. */
function traced(...args: readonly string[]): readonly string[] {
  const log = join(directory, 'trace')
  const calls = 'trace=fsync,fdatasync,write,writev'
  const { stderr } = spawnSync(
    'strace',
    ['-f', '-qq', '-y', '-o', log, '-e', calls, process.execPath, CHILD, ...args],
    { encoding: 'utf8' },
  )
  expect(stderr).toBe('')
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const synced = /^\d+ +f(?:data)?sync\(\d+<[^>]*\/(journal|ledger|signer)\.db(?:-wal|-journal)?>/.exec(
        line,
      )
      if (synced?.[1] !== undefined) return [synced[1]]
      return /^\d+ +write\(1<[^>]*>, "\d+\\n"/.test(line) ? ['told'] : []
    })
}

it.runIf(canTrace)(
  'entries are on the disk before they are acknowledged, tiles before a checkpoint over them is remembered',
  { timeout: 60_000 },
  () => {
    // One entry, then 300, which fill a bundle: it ends itself as soon as the checkpoint over these is published.
    const done = traced(directory, 'published', '2')
    const [, first, second] = done.join(' ').split('told')
    expect([done.filter((what) => what === 'told').length, second === undefined]).toEqual([2, false])
    const [before] = done.join(' ').split('told')
    expect(before?.trim().split(' ').at(-1)).toBe('journal')
    // Of one entry nothing rests, and its checkpoint is remembered; then the 300 are recorded.
    expect(first).toMatch(/signer.*journal $/)
    // The bundle, and nothing else before it; the checkpoint last.
    expect(second).toMatch(/^ (?:journal )*ledger (?:ledger )*signer(?: signer)*$/)
  },
)
