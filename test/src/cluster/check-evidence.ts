import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { TILE_WIDTH } from '@counterfoil/core'
import { knownLogsOf } from '@counterfoil/server/dist/ledger/s3/known-logs.js'
import { bundlesPrefix, LOGS, originOfLogKey } from '@counterfoil/server/dist/ledger/s3/object-names.js'
import { openClient, type S3Place } from '@counterfoil/server/dist/ledger/s3/s3-ledger.js'
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
  const { value: note = '' } = notes.values().next()
  const ledgerEntries = await checkLedger(stores, { origin: note.split('\n')[0] as string, size, findings })
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

/** The ledger has each full bundle once and says so; what is in them is looked at by `checkStores`. */
async function checkLedger(
  { ledger }: SharedStores,
  { origin, size, findings }: { readonly origin: string; readonly size: number; readonly findings: Findings },
): Promise<number> {
  const entries = await restingEntries(ledger, origin)
  const bundles = (await openClient(ledger).list(bundlesPrefix(origin))).length
  const whole = Math.floor(size / TILE_WIDTH)
  if (entries !== whole * TILE_WIDTH || bundles !== whole)
    findings.report('lost', `the ledger holds ${entries} entries in ${bundles} bundles, of ${size}`)
  return entries
}

/**
 * Waits until the ledger has every full bundle of the first `size` entries of the only log; gives how many milliseconds that took,
 * undefined when the deadline passes.
 */
export async function ledgerCatchUp(
  { ledger }: SharedStores,
  size: number,
  deadlineMs: number,
): Promise<number | undefined> {
  const beganMs = performance.now()
  while (performance.now() < deadlineMs) {
    const [log] = await openClient(ledger).list(LOGS)
    const entries = log === undefined ? 0 : await restingEntries(ledger, originOfLogKey(log.key))
    if (entries >= size - (size % TILE_WIDTH)) return performance.now() - beganMs
    await delay(50)
  }
  return undefined
}

/** As the store says now: a reader would believe for a while what it knew. */
async function restingEntries(ledger: S3Place, origin: string): Promise<number> {
  return (await knownLogsOf(ledger.url).readState(openClient(ledger), origin)).size
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
