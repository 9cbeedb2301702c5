import { AppError, type LogName, MODES, readSearch, SECTION_PATHS, type SectionPath } from '@counterfoil/core'
import type { AccessStore } from '../access/access-store.js'
import { requestErasure } from '../access/administration/erasures.js'
import { erasureShape } from '../access/administration/shapes.js'
import { storedEntries } from '../journal/block.js'
import type { JournalReader } from '../journal/journal.js'
import { openJournalReader } from '../journal/open-journal.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { type Choice, chooseEntries } from '../lifecycle/choose-entries.js'
import { isSelected, type ReadEntry, toReadEntry } from '../reading/read-entry.js'
import { existingJournal, ledgerPlace } from '../service/store-places.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { requireChoice } from './key-commands.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

const ROWS_AT_ONCE = 16

export const erase: Command = {
  name: 'erase',
  summary: 'Erase sections of entries for good; the server carries it out, at once or when it starts.',
  usage: `--org <slug> --mode ${MODES.join('|')} --section <path> (--id <id> | --query <text>) (--preview | --confirm <digest> --reason <text> --legal-basis <text>)`,
  options: {
    org: ORG_OPTION,
    mode: { kind: 'text', value: MODES.join('|'), description: 'Which log.' },
    section: {
      kind: 'list',
      value: '<path>',
      description: `What goes: ${SECTION_PATHS.join(', ')}; may be repeated.`,
    },
    id: { kind: 'list', value: '<id>', description: 'An entry; may be repeated.' },
    query: { kind: 'text', value: '<text>', description: 'Search text that selects entries.' },
    preview: { kind: 'flag', description: 'Show what would go; nothing changes.' },
    confirm: { kind: 'text', value: '<digest>', description: 'Of the preview: erase what it showed.' },
    reason: { kind: 'text', value: '<text>', description: 'Why; stands in the log for ever.' },
    'legal-basis': { kind: 'text', value: '<text>', description: 'What obliges or allows you to.' },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  notes:
    'It reads the log from its first entry to its last. docs/erasure.md says what is erased and what is not.',
  run: async (input) => {
    const sections = requireSections(input)
    const log = await withAccessStore(input, (store) => requireLog(store, input))
    const journal = existingJournal(input.settings.values)
    const ledger = ledgerPlace(input.settings.values)
    const reader = await openJournalReader(journal, 'erase', () => openLedgerReader(ledger))
    try {
      const choice = await chooseEntries(chosenEntries(reader, log, input), sections)
      if (input.options.preview === true) printPreview(input, choice)
      else await confirm(input, log, sections, choice)
    } finally {
      await reader.close()
    }
    return EXIT.ok
  },
}

export const eraseList: Command = {
  name: 'erase list',
  summary: 'List what was erased of an organization, the newest first.',
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const shapes = await withAccessStore(input, async (store) =>
      (await store.erasures.list((await requireOrganization(store, requireText(input, 'org'))).id)).map(
        erasureShape,
      ),
    )
    printRows(
      input,
      shapes.map((shape) => ({
        json: shape,
        cells: ['id', 'status', 'requested_at', 'entries', 'reason'].map((name) => String(shape[name])),
      })),
    )
    return EXIT.ok
  },
}

async function requireLog(store: AccessStore, input: CommandInput): Promise<LogName> {
  const { id } = await requireOrganization(store, requireText(input, 'org'))
  return { organization_id: id, mode: requireChoice(input, 'mode', MODES) }
}

function requireSections({ options }: CommandInput): readonly SectionPath[] {
  const given = (options.section ?? []) as readonly string[]
  const sections = SECTION_PATHS.filter((path) => given.includes(path))
  if (sections.length > 0 && given.every((path) => SECTION_PATHS.includes(path as SectionPath)))
    return sections
  throw new AppError('invalid_request', {
    param: 'section',
    hint: `Give --section with one of ${SECTION_PATHS.join(', ')}, once or several times.`,
  })
}

/** Entries by id or by search, oldest first; without the index, so that no server need run. */
async function* chosenEntries(
  reader: JournalReader,
  log: LogName,
  { options }: CommandInput,
): AsyncGenerator<readonly ReadEntry[]> {
  const ids = options.id as readonly string[] | undefined
  const query = options.query as string | undefined
  if ((ids === undefined) === (query === undefined))
    throw new AppError('invalid_request', { param: 'id', hint: 'Give either --id or --query.' })
  if (ids !== undefined) yield await entriesById(reader, log, ids)
  if (query === undefined) return
  const selection = { ...readSearch(query, Date.now() * 1_000), log }
  const { size = 0, minIndex = 0 } = (await reader.head(log)) ?? {}
  for (let seq = minIndex; seq < size; ) {
    for (const block of await reader.blocks(log, seq, 'oldest_first', ROWS_AT_ONCE)) {
      const entries = storedEntries(block).map((stored) => toReadEntry(log, stored))
      yield entries.filter((entry) => isSelected(selection, entry))
      seq = block.firstSeq + block.count
    }
  }
}

async function entriesById(
  reader: JournalReader,
  log: LogName,
  ids: readonly string[],
): Promise<readonly ReadEntry[]> {
  const found = new Map<number, ReadEntry>()
  for (const id of ids) {
    const stored = await reader.findById(log, id.toLowerCase())
    if (stored === undefined)
      throw new AppError('not_found', { param: 'id', hint: `There is no entry ${id} in this log.` })
    found.set(stored.seq, toReadEntry(log, stored))
  }
  return [...found.values()].sort((a, b) => a.seq - b.seq)
}

function printPreview(input: CommandInput, choice: Choice): void {
  const { entries, sections, withoutSections, digest, sample, protected: kept } = choice
  const counts = Object.entries(sections).map(([path, count]) => `${count} × ${path}`)
  const examples = sample.map(
    ({ id, recordedAt, action }) => `  ${recordedAt}  ${id}  ${action ?? '(erased)'}`,
  )
  printDone(
    input,
    { entries, sections, without_sections: withoutSections, protected: kept, digest },
    `${entries} entries would lose: ${counts.join(', ') || 'nothing'}.`,
  )
  if (input.options.json === true) return
  const lines = [...examples, `Nothing has changed. To erase: --confirm ${digest} --reason … --legal-basis …`]
  input.world.stdout.write(`${lines.join('\n')}\n`)
}

async function confirm(
  input: CommandInput,
  log: LogName,
  sections: readonly SectionPath[],
  { runs, digest, entries }: Choice,
): Promise<void> {
  const confirmed = requireText(input, 'confirm')
  const reason = requireText(input, 'reason')
  const legalBasis = requireText(input, 'legal-basis')
  if (confirmed !== digest)
    throw new AppError('preview_outdated', {
      param: 'confirm',
      hint: 'Other entries are selected now than the preview showed. Preview again and confirm its digest.',
    })
  if (entries === 0)
    throw new AppError('invalid_request', { param: 'section', hint: 'None of the entries has any of these.' })
  const erasure = await withAccessStore(input, (store) =>
    requestErasure(store, doerAtCommandLine(input), { log, sections, runs, reason, legalBasis }),
  )
  printDone(
    input,
    erasureShape(erasure),
    `Erasure ${erasure.id} of ${entries} entries is recorded; a running server carries it out within a minute, another one when it starts.`,
  )
}
