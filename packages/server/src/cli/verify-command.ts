import { AppError, MODES } from '@counterfoil/core'
import type { Organization } from '../access/access-store.js'
import { PLATFORM_SLUG } from '../access/tables/organizations-table.js'
import type { BrokenReason, ChainVerdict, JournalReader, LogHead } from '../journal/journal.js'
import { openJournalReader } from '../journal/open-journal.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { existingJournal, ledgerPlace } from '../service/store-places.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { requireChoice } from './key-commands.js'
import { requireOrganization, withAccessStore } from './org-commands.js'
import { formatCount, Progress } from './output/progress.js'

export const verify: Command = {
  name: 'verify',
  summary: 'Walk logs on disk and recompute every hash; the server may run meanwhile.',
  usage: `[--org <slug>] [--mode ${MODES.join('|')}] [--from-seq <n>] [--to-seq <n>]`,
  options: {
    org: {
      kind: 'text',
      value: '<slug>',
      description: 'Organization whose logs are walked; all of them when left out.',
    },
    mode: { kind: 'text', value: MODES.join('|'), description: 'The log of this mode; both when left out.' },
    'from-seq': { kind: 'text', value: '<n>', description: 'First entry; needs --org and --mode.' },
    'to-seq': { kind: 'text', value: '<n>', description: 'Last entry; needs --org and --mode.' },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  notes: `The exit code is ${EXIT.broken} when a log is broken.`,
  run: async (input) => {
    const range = readRange(input)
    const journal = existingJournal(input.settings.values)
    const ledger = ledgerPlace(input.settings.values)
    const organizations = await withAccessStore(input, async (store) => {
      const slug = input.options.org as string | undefined
      if (slug !== undefined) await requireOrganization(store, slug)
      return [...(await store.organizations()), await store.findOrganization(PLATFORM_SLUG)].filter(
        (organization) => organization !== undefined,
      )
    })
    const reader = await openJournalReader(journal, 'verify', () => openLedgerReader(ledger))
    try {
      return await verifyLogs(reader, organizations, range, input)
    } finally {
      await reader.close()
    }
  },
}

interface SeqRange {
  readonly fromSeq?: number
  readonly toSeq?: number
}

async function verifyLogs(
  reader: JournalReader,
  organizations: readonly Organization[],
  range: SeqRange,
  input: CommandInput,
): Promise<number> {
  const heads = chosenHeads(await reader.heads(), organizations, input)
  if (heads.length === 0) printNothing(input)
  let isBroken = false
  for (const head of heads) {
    checkRange(range, head)
    const verdict = await walk(reader, head, range, input)
    isBroken ||= verdict.broken !== undefined
    printVerdict(head, verdict, nameOf(head, organizations), input)
  }
  return isBroken ? EXIT.broken : EXIT.ok
}

function chosenHeads(
  heads: readonly LogHead[],
  organizations: readonly Organization[],
  input: CommandInput,
): readonly LogHead[] {
  const { org, mode } = input.options
  if (mode !== undefined) requireChoice(input, 'mode', MODES)
  const id = organizations.find((organization) => organization.slug === org || organization.id === org)?.id
  return heads.filter(
    ({ log }) =>
      (org === undefined || log.organization_id === id) && (mode === undefined || log.mode === mode),
  )
}

async function walk(
  reader: JournalReader,
  { log, size, minIndex }: LogHead,
  range: SeqRange,
  { world: { stderr }, options }: CommandInput,
): Promise<ChainVerdict> {
  const progress = new Progress({ stderr, silent: options.json === true, noun: 'entries' })
  const total = Math.max(
    1,
    Math.min(range.toSeq ?? size - 1, size - 1) - Math.max(minIndex, range.fromSeq ?? 0) + 1,
  )
  try {
    return await reader.verify(log, {
      ...range,
      onProgress: (walked) => progress.update(walked, walked / total),
    })
  } finally {
    progress.clear()
  }
}

const REASONS: Readonly<Record<BrokenReason, string>> = {
  prev_hash_mismatch:
    'it does not follow from the entry before it: something between them was changed or removed',
  entry_hash_mismatch: 'its content is not what was recorded: it was changed',
  missing_row: 'it is missing: it was removed',
  null_hash: 'a part of its row is empty or zeroed: it was removed',
  unrecorded_erasure: 'a part of it was taken away, and the log does not say that it was erased',
  unrecorded_prune: 'what came before it was taken away, and the log does not say that it was pruned',
}

function printVerdict(
  head: LogHead,
  verdict: ChainVerdict,
  name: string,
  { world, options }: CommandInput,
): void {
  const { broken, walked, firstSeq, lastSeq, headMatches } = verdict
  if (options.json === true) {
    world.stdout.write(`${JSON.stringify(toJson(head, verdict, name))}\n`)
    return
  }
  const lines = [`${name}  ${head.origin}`]
  if (firstSeq === undefined) lines.push('  walked      nothing')
  else
    lines.push(
      `  walked      ${formatCount(walked)} entries, seq ${firstSeq} to ${lastSeq}, of ${formatCount(head.size)}`,
    )
  if (head.minIndex > 0)
    lines.push(
      `  PRUNED      Entries before seq ${head.minIndex} are gone; the log is verified from there on.`,
    )
  if (broken === undefined) {
    const whole =
      headMatches === true ? 'They lead to the head and the root of the log.' : 'This is a part of the log.'
    lines.push(
      `  root        ${head.root}`,
      `  head hash   ${head.headHash}`,
      `  intact      Every hash fits. ${whole}`,
    )
  } else {
    lines.push(
      `  BROKEN      at seq ${broken.seq}${broken.id === undefined ? '' : `, entry ${broken.id}`}`,
      `              ${REASONS[broken.reason]}`,
      `              ${broken.reason}: ${broken.explanation}`,
    )
  }
  world.stdout.write(`${lines.join('\n')}\n`)
}

function toJson(head: LogHead, verdict: ChainVerdict, name: string): Readonly<Record<string, unknown>> {
  const { broken, walked, firstSeq, lastSeq, headMatches } = verdict
  return {
    object: 'log_verification',
    log: name,
    organization_id: head.log.organization_id,
    mode: head.log.mode,
    origin: head.origin,
    size: head.size,
    min_index: head.minIndex,
    walked,
    from_seq: firstSeq ?? null,
    to_seq: lastSeq ?? null,
    verified: broken === undefined,
    root: head.root,
    head_hash: head.headHash,
    reaches_head: headMatches ?? null,
    broken: broken ?? null,
  }
}

function nameOf({ log }: LogHead, organizations: readonly Organization[]): string {
  const slug = organizations.find(({ id }) => id === log.organization_id)?.slug
  return `${slug ?? log.organization_id}/${log.mode}`
}

function printNothing({ world, options }: CommandInput): void {
  // With --json each log is a line: no log, no line.
  if (options.json !== true) world.stdout.write('There is nothing to verify: no entry was recorded yet.\n')
}

function readRange(input: CommandInput): SeqRange {
  const fromSeq = readSeq(input, 'from-seq')
  const toSeq = readSeq(input, 'to-seq')
  const isRange = fromSeq !== undefined || toSeq !== undefined
  if (isRange && (input.options.org === undefined || input.options.mode === undefined)) {
    throw new AppError('invalid_request', {
      hint: 'Name the log that --from-seq and --to-seq belong to, with --org and --mode.',
    })
  }
  if (fromSeq !== undefined && toSeq !== undefined && fromSeq > toSeq)
    throw new AppError('invalid_request', { param: 'from-seq', hint: '--from-seq is after --to-seq.' })
  return { ...(fromSeq === undefined ? {} : { fromSeq }), ...(toSeq === undefined ? {} : { toSeq }) }
}

function readSeq({ options }: CommandInput, name: 'from-seq' | 'to-seq'): number | undefined {
  const given = options[name] as string | undefined
  if (given === undefined) return undefined
  if (/^\d{1,15}$/.test(given)) return Number(given)
  throw new AppError('invalid_request', {
    param: name,
    hint: `--${name} must be a whole number, 0 or more, not "${given}".`,
  })
}

/** A range past the end would walk nothing and look like success. */
function checkRange({ fromSeq, toSeq }: SeqRange, { size }: LogHead): void {
  const past = [fromSeq, toSeq].find((seq) => seq !== undefined && seq >= size)
  if (past === undefined) return
  throw new AppError('invalid_request', {
    hint: `The log has ${size} entries; the last one is seq ${size - 1}, so there is no seq ${past}.`,
  })
}
