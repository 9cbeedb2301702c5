import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError, type LogName, MODES, readSearch } from '@counterfoil/core'
import { BUNDLE_FILES, bundlePage, DirectorySink, type Manifest } from '@counterfoil/verify'
import type { AccessStore } from '../access/access-store.js'
import { note } from '../access/administration/note.js'
import { openMasterKey, signingRootOf } from '../access/master-key.js'
import { openJournalReader } from '../journal/open-journal.js'
import { lent } from '../journal/resting-rows.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { BUNDLE_README } from '../proof-export/bundle-readme.js'
import { exportLog, type LogExport } from '../proof-export/export-log.js'
import { dataPaths } from '../service/data-directory.js'
import { journalPlace, ledgerPlace, signerPlace } from '../service/store-places.js'
import { openSignerStore, type SignerPlace } from '../signer/open-signer-store.js'
import type { SignedHead } from '../signer/signer-store.js'
import { LogKeys } from '../signer/signing-keys.js'
import { CosignedStore } from '../witnessing/cosigned-store.js'
import { WitnessPolicy } from '../witnessing/witness-policy.js'
import type { CommandInput } from './command.js'
import { requireChoice } from './key-commands.js'
import { printDone, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'
import { formatCount, Progress } from './output/progress.js'
import { readSearchText } from './search-text.js'

/** Does what `export --proof` says. The directory appears whole, or not at all. */
export async function runExport(input: CommandInput): Promise<void> {
  const out = requireText(input, 'out')
  if (existsSync(out)) {
    throw new AppError('invalid_request', {
      param: 'out',
      hint: `${out} exists already; an export is not written over anything.`,
    })
  }
  const search = readSearchText(input.positionals)
  const { values } = input.settings
  const place = signerPlace(values)
  const journal = journalPlace(values)
  for (const { kind, ...at } of [journal, place])
    if (kind === 'sqlite' && 'path' in at && !existsSync(at.path)) throw nothingSigned(input)
  const { log, slug, signingRoot } = await withAccessStore(input, (store) => prepare(input, store))
  const { head, keys } = await readSigned(place, signingRoot, log, input)
  const ledger = await openLedgerReader(ledgerPlace(values))
  const reader = await openJournalReader(journal, 'export', async () => lent(ledger))
  const progress = new Progress({
    stderr: input.world.stderr,
    silent: input.options.json === true,
    noun: 'entries',
  })
  try {
    const settings: LogExport = {
      reader,
      ledger: async () => ledger,
      log,
      note: await bestNote(input, head),
      keys,
      policy: WitnessPolicy.read(input.settings.values.witness_policy).fileFor(keys),
      ...chosen(search, log),
      onProgress: (done, total) => progress.update(done, total === 0 ? 1 : done / total),
    }
    // Told before it happens: an export that breaks off half way has still shown something.
    await withAccessStore(input, (store) => noteExport(input, store, log, search))
    const manifest = await writeDirectory(settings, out)
    progress.clear()
    printExported(input, manifest, `${slug}/${log.mode}`, out, keys)
  } finally {
    progress.clear()
    await reader.close()
    await ledger.close()
  }
}

async function prepare(
  input: CommandInput,
  store: AccessStore,
): Promise<{ readonly log: LogName; readonly slug: string; readonly signingRoot: Uint8Array }> {
  const organization = await requireOrganization(store, requireText(input, 'org'))
  const { data, master_key: setting } = input.settings.values
  const secrets = await openMasterKey(store, { file: dataPaths(data).masterKey, setting })
  const log: LogName = { organization_id: organization.id, mode: requireChoice(input, 'mode', MODES) }
  return { log, slug: organization.slug, signingRoot: await signingRootOf(store, secrets) }
}

/** What was signed last of the log, and all keys it was ever signed with. Only reads. */
async function readSigned(
  place: SignerPlace,
  signingRoot: Uint8Array,
  log: LogName,
  input: CommandInput,
): Promise<{ readonly head: SignedHead; readonly keys: readonly string[] }> {
  const store = await openSignerStore(place, signingRoot)
  try {
    const heads = (await store.heads()).filter(
      (head): head is SignedHead =>
        !('damaged' in head) &&
        head.log.organization_id === log.organization_id &&
        head.log.mode === log.mode,
    )
    // The newest epoch of the log.
    const head = heads.toSorted((a, b) => b.signedAtMs - a.signedAtMs)[0]
    if (head === undefined) throw nothingSigned(input)
    const logKeys = new LogKeys(signingRoot)
    const keys = Array.from(
      { length: head.generation + 1 },
      (_, generation) => logKeys.keyOf(head.origin, generation).vkey,
    )
    return { head, keys }
  } finally {
    await store.close()
  }
}

/** The newest checkpoint that witnesses have cosigned, where there are any; otherwise the newest that was signed. */
async function bestNote(input: CommandInput, { origin, note }: SignedHead): Promise<string> {
  const { data, witness_policy: policy } = input.settings.values
  const { cosigned } = dataPaths(data)
  if (policy === '' || !existsSync(cosigned)) return note
  const store = await CosignedStore.open(cosigned)
  try {
    return store.of(origin)?.note ?? note
  } finally {
    await store.close()
  }
}

function chosen(search: string, log: LogName): Pick<LogExport, 'selection'> {
  if (search.trim() === '') return {}
  const selection = { log, ...readSearch(search, Date.now() * 1_000) }
  return { selection: { selection, described: { query: search } } }
}

async function writeDirectory(settings: LogExport, out: string): Promise<Manifest> {
  const unfinished = `${out}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(dirname(unfinished), { recursive: true })
  try {
    const sink = new DirectorySink(unfinished)
    const manifest = await exportLog(settings, sink)
    await sink.write(BUNDLE_FILES.page, await bundlePage())
    await sink.write(BUNDLE_FILES.readme, new TextEncoder().encode(BUNDLE_README))
    renameSync(unfinished, out)
    return manifest
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    throw error
  }
}

async function noteExport(
  input: CommandInput,
  store: AccessStore,
  log: LogName,
  search: string,
): Promise<void> {
  await store.transaction((store) =>
    note(store, {
      organizationId: log.organization_id,
      mode: log.mode,
      action: 'log.exported',
      by: doerAtCommandLine(input),
      resource: { type: 'log', id: `${log.organization_id}/${log.mode}` },
      metadata: { format: 'proof', ...(search.trim() === '' ? {} : { query: search.slice(0, 4_000) }) },
    }),
  )
}

function printExported(
  input: CommandInput,
  manifest: Manifest,
  name: string,
  out: string,
  keys: readonly string[],
): void {
  const key = keys.at(-1) ?? ''
  printDone(
    input,
    { ...manifest, out, key },
    `Exported ${formatCount(manifest.entries)} entries of ${name} to ${out}.`,
  )
  if (input.options.json !== true)
    input.world.stdout.write(
      `The key of the log is ${key}\nGive it to whoever verifies, by another way than the export.\n`,
    )
}

function nothingSigned(input: CommandInput): AppError {
  return new AppError('not_found', {
    hint: `Nothing was signed yet in ${input.settings.values.data}. Start the server once after the first entry was recorded.`,
  })
}
