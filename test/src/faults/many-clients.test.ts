import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Acknowledgements, type Receipt } from '../support/acknowledgements.js'
import { Api } from '../support/api.js'
import { checkLog } from '../support/check-log.js'
import { provision } from '../support/command-line.js'
import { Findings } from '../support/findings.js'
import { NumberedEntries } from '../support/numbered-entry.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { ServerProcess } from '../support/server-process.js'

const run = promisify(execFile)
const CLIENT = fileURLToPath(new URL('./append-client.js', import.meta.url))
const CLIENTS = 8
const APPENDS = 1_000
const SEED = 8_000

let dataDirectory: string
let server: ServerProcess | undefined

beforeEach(() => {
  dataDirectory = scratchFolder('clients')
})
afterEach(async () => {
  await server?.kill()
  discardFolder(dataDirectory)
})

it(`${CLIENTS} processes that append ${APPENDS} entries each to one log make no gap and no fork`, async () => {
  const token = await provision(dataDirectory, 'clients')
  server = await ServerProcess.start(dataDirectory)
  const { url } = server
  const findings = new Findings()
  const acknowledgements = new Acknowledgements()
  const entries = new NumberedEntries(SEED)
  while (acknowledgements.issued < CLIENTS * APPENDS) acknowledgements.issue()

  const printed = await Promise.all(
    Array.from({ length: CLIENTS }, (_, i) =>
      run(process.execPath, [CLIENT, url, token, `${SEED}`, `${i * APPENDS}`, `${APPENDS}`]),
    ),
  )
  for (const line of printed.flatMap(({ stdout }) => stdout.trim().split('\n'))) {
    const receipt = JSON.parse(line) as Receipt
    acknowledgements.acknowledge(entries.numberOf(receipt.id) as number, receipt, findings)
  }

  const { size } = await checkLog(new Api(url, token), { entries, acknowledgements }, findings)
  expect(findings.texts).toEqual([])
  expect({ size, maxSeq: acknowledgements.maxSeq, acknowledged: acknowledgements.acknowledged }).toEqual({
    size: CLIENTS * APPENDS,
    maxSeq: CLIENTS * APPENDS - 1,
    acknowledged: CLIENTS * APPENDS,
  })
}, 120_000)
