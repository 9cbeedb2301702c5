import { openDatabase } from '@counterfoil/server/dist/sqlite/driver.js'

// A control that must lose: our own SQLite and WAL, but synchronous=NORMAL, which does not sync the WAL at a commit.

const database = await openDatabase(`${process.argv[2]}/rows.db`)
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
// Only a checkpoint would sync: a cut right after one might find nothing to take.
database.exec('PRAGMA wal_autocheckpoint = 0')
database.exec('CREATE TABLE lines (number INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT')
const insert = database.prepare('INSERT INTO lines VALUES (?, ?)')
let number = 0
const turn = () => {
  for (let i = 0; i < 5; i++) insert.run(number, `line ${number++}`)
  process.stdout.write(`${number}\n`)
  // Slow enough that the disk does not fill up with a WAL that nothing shortens.
  setTimeout(turn, 1)
}
turn()
