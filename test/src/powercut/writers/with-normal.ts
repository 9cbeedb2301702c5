import { openDatabase } from '@counterfoil/server/dist/sqlite/driver.js'

// A control that must lose: our own SQLite and WAL, but synchronous=NORMAL, which does not sync the WAL at a commit.

const database = await openDatabase(`${process.argv[2]}/rows.db`)
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
// As in the journal: commits are synced by nothing but a checkpoint, and those are far apart.
database.exec('PRAGMA wal_autocheckpoint = 4096')
database.exec('CREATE TABLE lines (number INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT')
const insert = database.prepare('INSERT INTO lines VALUES (?, ?)')
let number = 0
const turn = () => {
  for (let i = 0; i < 20; i++) insert.run(number, `line ${number++}`)
  process.stdout.write(`${number}\n`)
  setImmediate(turn)
}
turn()
