import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { openDatabase } from './driver.js'

// The same on every version of Node.js, whichever SQLite it brings.

it('gives back what was bound, and never NULL for what is empty', async () => {
  const database = await openDatabase(':memory:')
  try {
    const statement = database.prepare('SELECT typeof(?1) AS type, ?1 AS value')
    const bytes = [
      new Uint8Array(0),
      new Uint8Array(new ArrayBuffer(0)),
      Buffer.alloc(0),
      Buffer.concat([]),
      new Uint8Array(9).subarray(4, 4),
      Uint8Array.of(0, 255),
    ]
    for (const value of bytes) {
      const bound = statement.get(value) as { type: string; value: Uint8Array }
      expect([bound.type, [...bound.value]]).toEqual(['blob', [...value]])
      expect(statement.all(value)).toEqual([bound])
    }
    for (const [value, type] of [
      ['', 'text'],
      [null, 'null'],
      [0.5, 'real'],
    ] as const)
      expect(statement.get(value)).toEqual({ type, value })
  } finally {
    database.close()
  }
})

it('writes nothing to the error output of whoever opens a database', async () => {
  const driver = new URL('./driver.js', import.meta.url).href
  const script = `const { openDatabase } = await import(${JSON.stringify(driver)})
    const database = await openDatabase(':memory:')
    database.close()
    process.emitWarning('about something else', 'ExperimentalWarning')`
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  expect(stderr).not.toContain('SQLite')
  expect(stderr).toContain('about something else')
})
