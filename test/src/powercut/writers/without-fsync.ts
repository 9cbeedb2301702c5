import { openSync, writeSync } from 'node:fs'

// A control that must lose: it acknowledges what only the page cache holds.

const file = openSync(`${process.argv[2]}/lines.txt`, 'a')
let number = 0
const turn = () => {
  for (let i = 0; i < 50; i++) writeSync(file, `${number++}\n`)
  process.stdout.write(`${number}\n`)
  setImmediate(turn)
}
turn()
