import { openDatabase } from '@counterfoil/server/dist/sqlite/driver.js'

// The counterpart of with-normal: the same writer with synchronous=FULL must lose nothing. So what makes the
// difference between them is the setting and not the harness.

const database = await openDatabase(`${process.argv[2]}/rows.db`)
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
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
