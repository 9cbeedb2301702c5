import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openPostgresLedgerReader } from '@counterfoil/server/dist/ledger/postgres/postgres-ledger.js'
import { Api } from '../support/api.js'
import { COUNTERFOIL, serverEnvironment } from '../support/command-line.js'
import type { Findings } from '../support/findings.js'
import type { SharedStores } from './stores.js'

export interface EvidenceRequest {
  readonly urls: readonly string[]
  readonly token: string
  /** Entries of the log. */
  readonly size: number
  readonly findings: Findings
  /** performance.now() until which everything may be signed. */
  readonly deadlineMs: number
}

export interface EvidenceStanding {
  readonly evidenceSize: number
  readonly ledgerEntries: number
}

const BUNDLE = 256

/** What is signed, what rests in the ledger, and what the index has: all of the log, and each entry once. */
export async function checkEvidence(
  stores: SharedStores,
  { urls, token, size, findings, deadlineMs }: EvidenceRequest,
): Promise<EvidenceStanding> {
  const notes = new Set<string>()
  let evidenceSize = 0
  for (const url of urls) {
    const api = new Api(url, token)
    const text = await checkpointOver(api, size, deadlineMs)
    api.close()
    evidenceSize = Number(text.split('\n')[1])
    if (evidenceSize !== size)
      findings.report('slow', `${url} has a checkpoint of ${evidenceSize} entries, of ${size}`)
    notes.add(text.split('\n').slice(0, 3).join('\n'))
  }
  if (notes.size > 1) findings.report('chain', `the processes show ${notes.size} different checkpoints`)
  const ledgerEntries = await ledgerSize(stores.ledgerUrl, notes.values().next().value?.split('\n')[0] ?? '')
  if (ledgerEntries !== size - (size % BUNDLE))
    findings.report('lost', `the ledger holds ${ledgerEntries} entries, of ${size}`)
  const [rows, different] = (
    await stores.clickhouse.ask('SELECT count(), uniqExact(seq) FROM counterfoil.entries')
  )
    .trim()
    .split('\t')
    .map(Number)
  if (rows !== size || different !== size)
    findings.report('index', `the index has ${rows} rows of ${different} entries, of ${size}`)
  return { evidenceSize, ledgerEntries }
}

async function checkpointOver(api: Api, size: number, deadlineMs: number): Promise<string> {
  for (;;) {
    const { status, text } = await api.get('/v1/log/checkpoint')
    if (status === 200 && Number(text.split('\n')[1]) >= size) return text
    if (performance.now() > deadlineMs) return text
    await delay(50)
  }
}

async function ledgerSize(url: string, origin: string): Promise<number> {
  const ledger = await openPostgresLedgerReader({ url, setting: 'ledger_url', purpose: 'check' })
  try {
    return await ledger.size(origin)
  } finally {
    await ledger.close()
  }
}

/** Reads everything that is stored and recomputes it, as an operator does whose processes have ended. */
export async function checkStores(
  stores: SharedStores,
  directory: string,
  findings: Findings,
): Promise<void> {
  const env = serverEnvironment(stores.environment)
  await promisify(execFile)(process.execPath, [COUNTERFOIL, 'fsck', '--data', directory], { env }).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) =>
      findings.report('chain', `fsck: ${stdout} ${stderr}`),
  )
}
