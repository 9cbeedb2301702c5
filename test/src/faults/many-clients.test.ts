import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Acknowledgements, type Receipt } from '../support/acknowledgements.js'
import { Api } from '../support/api.js'
import { checkLog } from '../support/check-log.js'
import { provision, provisionAll } from '../support/command-line.js'
import { Findings } from '../support/findings.js'
import { NumberedEntries } from '../support/numbered-entry.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { ServerProcess } from '../support/server-process.js'

const run = promisify(execFile)
const CLIENT = fileURLToPath(new URL('./append-client.js', import.meta.url))
const CLIENTS = 8
const APPENDS = 1_000
const SEED = 8_000

const TENANTS = 100
const WRITERS = 8
const ROUNDS = 2

let dataDirectory: string
let server: ServerProcess | undefined
let token: string
let tenants: readonly string[]

beforeAll(async () => {
  dataDirectory = scratchFolder('clients')
  token = await provision(dataDirectory, 'clients')
  const slugs = Array.from({ length: TENANTS }, (_, i) => `tenant-${i}`)
  tenants = await provisionAll(dataDirectory, slugs)
  server = await ServerProcess.start(dataDirectory)
}, 60_000)
afterAll(async () => {
  await server?.kill()
  discardFolder(dataDirectory)
})

it(`${CLIENTS} processes that append ${APPENDS} entries each to one log make no gap and no fork`, async () => {
  const { url } = server as ServerProcess
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
}, 240_000)

it(`${WRITERS} writers that append to ${TENANTS} logs in turn make no gap and no fork in any of them`, async () => {
  const { url } = server as ServerProcess
  const apis = tenants.map((token) => new Api(url, token))
  const seqs: number[][] = apis.map(() => [])
  const write = async (writer: number) => {
    for (let i = 0; i < ROUNDS * TENANTS; i++) {
      // Each comes to a log at a time of its own; some of them to the same at the same time.
      const tenant = (i * (2 * (writer >> 1) + 1)) % TENANTS
      const { status, text } = await (apis[tenant] as Api).post('/v1/audit_log_entries', '{"action":"a.b"}')
      expect([status, text]).toEqual([201, expect.any(String)])
      seqs[tenant]?.push((JSON.parse(text) as Receipt).seq)
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  expect(seqs.flat()).toHaveLength(WRITERS * ROUNDS * TENANTS)
  for (const [tenant, api] of apis.entries()) {
    const given = (seqs[tenant] as number[]).toSorted((a, b) => a - b)
    expect(given).toEqual(given.map((_, i) => i))
    const { text } = await api.post('/v1/audit_log_entries/verify', '{"limit":10000}')
    const verdict = { verified: true, chain_length: given.length, next_seq: null }
    expect(JSON.parse(text)).toMatchObject(verdict)
    api.close()
  }
}, 240_000)
