import assert from 'node:assert/strict'
import {
  type AdmittedEntry,
  admitEntries,
  encodeBase64,
  epochNumber,
  type LogName,
  MODES,
} from '@counterfoil/core'
import type { AccessStore, Organization } from '../access/access-store.js'
import { epochNote } from '../access/administration/epochs.js'
import { note, noteBody } from '../access/administration/note.js'
import { PLATFORM_SLUG } from '../access/tables/organizations-table.js'
import { type EpochChange, type EpochRequest, planEpoch } from '../evidence/plan-epoch.js'
import type { LogHead } from '../journal/journal.js'
import { openJournal } from '../journal/open-journal.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { holdDataDirectory } from '../service/data-directory.js'
import { journalPlace, ledgerPlace } from '../service/store-places.js'
import type { LogSigner } from '../signer/log-signer.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { requireChoice } from './key-commands.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'
import { withLogs } from './with-logs.js'

/** `--mode` of commands about one log. */
export const MODE_OPTION = { kind: 'text', value: MODES.join('|'), description: 'Which log.' } as const

export const logList: Command = {
  name: 'log list',
  summary: 'List the logs: how many entries, what is signed of them, which are frozen and why.',
  usage: '',
  options: {},
  settings: ['data', 'database_url', 'master_key'],
  positionals: { min: 0, max: 0 },
  notes: 'The server may run meanwhile. "counterfoil fsck" recomputes what stands here.',
  run: async (input) => {
    const organizations = await withAccessStore(input, allOrganizations)
    await withLogs(input, async ({ journal, signer }) => {
      const heads = await journal.heads()
      const logs = [...heads.map(({ log }) => log), ...signer.newestHeads().map(({ log }) => log)]
      const named = new Map(logs.map((log) => [`${slugOf(organizations, log)}/${log.mode}`, log]))
      printRows(
        input,
        [...named].map(([name, log]) => {
          const shape = logShape(
            log,
            heads.find((head) => sameLog(head.log, log)),
            signer,
          )
          return { json: { name, ...shape }, cells: cellsOf(name, shape) }
        }),
      )
    })
    return EXIT.ok
  },
}

export const logEpoch: Command = {
  name: 'log epoch',
  summary: 'Begin a frozen log anew, where what was lost cannot be put back; the server must be stopped.',
  usage: `--org <slug> --mode ${MODES.join('|')} --reason <text> [--key-compromised] [--preview]`,
  options: {
    org: ORG_OPTION,
    mode: MODE_OPTION,
    reason: { kind: 'text', value: '<text>', description: 'Why; stands in the log for ever.' },
    'key-compromised': {
      kind: 'flag',
      description: 'The log is not frozen, but its signing key is in other hands.',
    },
    preview: { kind: 'flag', description: 'Show what would change; nothing does.' },
  },
  settings: ['data', 'database_url', 'master_key', 'origin'],
  positionals: { min: 0, max: 0 },
  notes: `
It reads the whole log first. Entries, their numbers and their order stay; the log is signed under another name from its first
entry on, once the server runs. Whoever verifies it needs the new key, and is told that the log was begun anew, and why.
Restoring what was lost is better wherever it can be had: docs/evidence.md.
`,
  run: async (input) => {
    const held = await holdDataDirectory(input.settings.values.data, 'log epoch')
    try {
      const organization = await withAccessStore(input, (store) =>
        requireOrganization(store, requireText(input, 'org')),
      )
      const request: EpochRequest = {
        log: { organization_id: organization.id, mode: requireChoice(input, 'mode', MODES) },
        operator: doerAtCommandLine(input).actor.name ?? 'unknown',
        reason: requireText(input, 'reason'),
        keyCompromised: input.options['key-compromised'] === true,
      }
      const { change, vkey } = await withLogs(input, async (stores) => {
        const planned = await planEpoch(
          { ...stores, verify: (log) => stores.journal.verify(log, {}) },
          request,
        )
        return { change: planned, vkey: stores.keys.keyOf(planned.new_origin, 0).vkey }
      })
      if (input.options.preview !== true) await carryOut(input, organization, request, change)
      printEpoch(input, change, vkey)
    } finally {
      held.release()
    }
    return EXIT.ok
  },
}

async function carryOut(
  input: CommandInput,
  organization: Organization,
  request: EpochRequest,
  change: EpochChange,
): Promise<void> {
  const { values } = input.settings
  const journal = await openJournal(journalPlace(values), {
    originHost: values.origin,
    diskReserveBytes: 0,
    now: () => Date.now() * 1_000,
    resting: () => openLedgerReader(ledgerPlace(values)),
  })
  try {
    await journal.beginEpoch(request.log, epochNumber(change.new_origin) as number, () =>
      entryAbout(input, request, change),
    )
  } finally {
    await journal.close()
  }
  if (organization.slug === PLATFORM_SLUG) return
  // The operators' own log tells of it, too: they may not read the customer's.
  await withAccessStore(input, (store) =>
    store.transaction(async (store) =>
      note(store, {
        organizationId: (await store.tenants.platform()).id,
        ...epochNote(request.log, doerAtCommandLine(input), change),
      }),
    ),
  )
}

/** The entry that begins the epoch, as the journal takes it. */
function entryAbout(input: CommandInput, request: EpochRequest, change: EpochChange): AdmittedEntry {
  const { json } = noteBody(epochNote(request.log, doerAtCommandLine(input), change))
  const admission = admitEntries(new TextEncoder().encode(json), 'json')
  assert(admission.admitted, 'an entry that was admitted a moment ago')
  return admission.entries[0] as AdmittedEntry
}

function printEpoch(input: CommandInput, change: EpochChange, vkey: string): void {
  const { old_size: oldSize, carried_size: carried, old_origin: before, new_origin: origin } = change
  const isPreview = input.options.preview === true
  const lost =
    oldSize === null
      ? 'nobody knows how many were signed'
      : `${Math.max(0, oldSize - carried)} signed ones lost`
  printDone(
    input,
    { object: 'epoch', preview: isPreview, ...change, vkey },
    `${isPreview ? 'Would begin' : 'Begun'}: ${origin} in the place of ${before}, with ${carried} entries carried over and ${lost}.`,
  )
  if (input.options.json === true) return
  const then = isPreview
    ? 'Nothing has changed.'
    : `Start the server: it signs. Give those who verify the log its new key:\n${vkey}`
  input.world.stdout.write(`${then}\n`)
}

function logShape(log: LogName, head: LogHead | undefined, signer: LogSigner) {
  const signed = signer.newestHeads().find((one) => sameLog(one.log, log))
  const origin = head?.origin ?? signed?.origin ?? ''
  const damaged = signer.damaged().find((one) => one.origin === origin)
  const current =
    damaged === undefined && (head === undefined || signed?.origin === origin) ? signed : undefined
  const frozen = damaged?.damaged ?? current?.frozen?.reason ?? null
  return {
    object: 'log',
    ...log,
    origin,
    entries: head?.size ?? 0,
    signed_entries: current?.size ?? null,
    root: current === undefined ? null : encodeBase64(current.root),
    signed_at: current === undefined ? null : new Date(current.signedAtMs).toISOString(),
    signed_s_ago:
      current === undefined ? null : Math.max(0, Math.round((Date.now() - current.signedAtMs) / 1_000)),
    key_generation: current?.generation ?? null,
    frozen,
    frozen_at: current?.frozen === undefined ? null : new Date(current.frozen.atMs).toISOString(),
    vkeys: current === undefined ? [] : signer.vkeys(current),
  }
}

function cellsOf(name: string, shape: ReturnType<typeof logShape>): string[] {
  const { entries, signed_entries: signed, signed_s_ago: age, frozen, origin } = shape
  return [
    name,
    `${entries} entries`,
    signed === null ? 'nothing signed' : `${signed} signed ${age} s ago`,
    frozen === null ? 'sound' : `FROZEN: ${frozen}`,
    origin,
  ]
}

async function allOrganizations(store: AccessStore): Promise<readonly Organization[]> {
  return [...(await store.organizations()), await store.findOrganization(PLATFORM_SLUG)].filter(
    (organization) => organization !== undefined,
  )
}

function slugOf(organizations: readonly Organization[], { organization_id }: LogName): string {
  return organizations.find(({ id }) => id === organization_id)?.slug ?? organization_id
}

function sameLog(a: LogName, b: LogName): boolean {
  return a.organization_id === b.organization_id && a.mode === b.mode
}
