import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../sqlite/driver.js'
import { toPostgresText } from './postgres-database.js'
import { SqliteDatabase } from './sqlite-database.js'

let database: SqliteDatabase
beforeEach(async () => {
  const file = await openDatabase(':memory:')
  file.exec('CREATE TABLE counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT')
  database = new SqliteDatabase(file)
  await database.run('INSERT INTO counts VALUES (?, ?)', 'a', 0)
})
afterEach(() => database.close())

const count = async () =>
  (await database.get<{ count: number }>('SELECT count FROM counts WHERE name = ?', 'a'))?.count

describe('a file of SQLite', () => {
  it('runs transactions one after the other, however they wait, and shows nobody half of one', async () => {
    const seen: unknown[] = []
    const changes = Array.from({ length: 50 }, (_, i) =>
      database.transaction(async (sql) => {
        const row = await sql.get<{ count: number }>('SELECT count FROM counts')
        await sql.run('UPDATE counts SET count = ?', -1)
        if (i % 3 === 0) await delay(1)
        await sql.run('UPDATE counts SET count = ?', (row?.count ?? 0) + 1)
      }),
    )
    const reads = Array.from({ length: 50 }, async () => {
      await delay(Math.random() * 20)
      seen.push(await count())
    })
    await Promise.all([...changes, ...reads])
    expect(await count()).toBe(50)
    expect(seen).not.toContain(-1)
  })

  it('rolls back what throws, and goes on', async () => {
    const failing = database.transaction(async (sql) => {
      await sql.run('UPDATE counts SET count = 7')
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await count()).toBe(0)
    const rows = [
      ['b', 1],
      ['a', 2],
    ]
    await expect(database.runEach('INSERT INTO counts VALUES (?, ?)', rows)).rejects.toThrow(/UNIQUE/)
    expect(await database.all('SELECT name FROM counts')).toEqual([{ name: 'a' }])
  })

  it('lets nobody use a transaction after its end', async () => {
    const kept = await database.transaction(async (sql) => sql)
    await expect(kept.run('UPDATE counts SET count = 9')).rejects.toThrow('after its end')
    expect(await count()).toBe(0)
  })
})

it('numbers values as SQLite does', () => {
  expect(toPostgresText('a = ? AND b = ? OR c = ?1')).toBe('a = $1 AND b = $2 OR c = $1')
  expect(toPostgresText('a = ?2 AND b = ? AND c = ?1')).toBe('a = $2 AND b = $3 AND c = $1')
})
