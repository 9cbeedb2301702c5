import { AppError, type LogName, MODES, parseRfc3339 } from '@counterfoil/core'
import type { AccessStore } from '../access/access-store.js'
import { archiveShape, requestArchive } from '../access/administration/archives.js'
import {
  liftHold,
  makeHold,
  removeRetentionPolicy,
  requestRetentionRun,
  setRetentionPolicy,
} from '../access/administration/retention.js'
import { holdShape, policyShape, pruneShape, runShape } from '../access/administration/retention-shapes.js'
import { REMOVES } from '../access/tables/retention-tables.js'
import { openJournalReader } from '../journal/open-journal.js'
import { lent } from '../journal/resting-rows.js'
import { beginningOf, measureContents } from '../ledger/content-bytes.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { planRetention, type RetentionPlan } from '../lifecycle/retention/plan.js'
import { planShape } from '../lifecycle/retention/plan-shape.js'
import { existingJournal, ledgerPlace } from '../service/store-places.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { requireChoice } from './key-commands.js'
import { OfflineReads } from './offline-reads.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

const MODE_OPTION = { kind: 'text', value: MODES.join('|'), description: 'Which log.' } as const
const LOG_OPTIONS = { org: ORG_OPTION, mode: MODE_OPTION } as const
const LOG_USAGE = `--org <slug> --mode ${MODES.join('|')}`
const CATEGORY_OPTION = {
  kind: 'text',
  value: '<category>',
  description: 'Entries of this category alone; all without a policy of their own when left out.',
} as const
const COMMON = { settings: ['data', 'database_url'], positionals: { min: 0, max: 0 } } as const

export const retentionShow: Command = {
  ...COMMON,
  name: 'retention show',
  summary: 'Show how long a log is kept, its legal holds, and what has gone.',
  usage: LOG_USAGE,
  options: LOG_OPTIONS,
  run: async (input) => {
    const shapes = await withAccessStore(input, async (store) => {
      const log = await requireLog(store, input)
      const { retention } = store
      const holds = (await retention.holds(log)).filter(({ liftedAt }) => liftedAt === undefined)
      return [
        ...(await retention.policies(log)).map(policyShape),
        ...holds.map(holdShape),
        ...(await retention.prunes(log)).map(pruneShape),
        ...(await retention.archives(log)).map(archiveShape),
        ...(await retention.runs(log)).map(runShape),
      ]
    })
    if (shapes.length === 0) printDone(input, { object: 'list', data: [] }, 'Everything is kept.')
    printRows(
      input,
      shapes.map((json) => ({ json, cells: Object.values(json).map(cellOf) })),
    )
    return EXIT.ok
  },
}

export const retentionSet: Command = {
  ...COMMON,
  name: 'retention set',
  summary: 'Set how long entries of a log are kept, or that all of them are again.',
  usage: `${LOG_USAGE} [--category <category>] (--keep-days <n> | --keep-bytes <n> | --keep-everything) [--removes ${REMOVES.join('|')}] [--archive]`,
  options: {
    ...LOG_OPTIONS,
    category: CATEGORY_OPTION,
    'keep-days': { kind: 'text', value: '<n>', description: 'Entries older than this go.' },
    'keep-bytes': {
      kind: 'text',
      value: '<n>',
      description: 'The oldest go while the log takes more than this.',
    },
    'keep-everything': { kind: 'flag', description: 'Remove the policy.' },
    removes: {
      kind: 'text',
      value: REMOVES.join('|'),
      description: 'What entries say (content), or all of them (entries).',
    },
    archive: { kind: 'flag', description: 'Archive what goes, verified, before it goes.' },
  },
  notes: 'docs/retention.md says what goes, when, and what still verifies.',
  run: async (input) => {
    const category = (input.options.category as string | undefined) ?? null
    await withAccessStore(input, async (store) => {
      const log = await requireLog(store, input)
      const by = doerAtCommandLine(input)
      if (input.options['keep-everything'] === true) {
        await removeRetentionPolicy(store, by, log, category)
        printDone(input, { object: 'retention_policy', removed: true }, 'The policy was removed.')
        return
      }
      const policy = {
        ...{ log, category },
        keepDays: optionalNumber(input, 'keep-days'),
        keepBytes: optionalNumber(input, 'keep-bytes'),
        removes:
          input.options.removes === undefined
            ? ('content' as const)
            : requireChoice(input, 'removes', REMOVES),
        archive: input.options.archive === true,
      }
      await setRetentionPolicy(store, by, policy)
      printDone(
        input,
        policyShape(policy),
        'The policy is set; "counterfoil retention preview" shows what goes by it.',
      )
    })
    return EXIT.ok
  },
}

export const retentionPreview: Command = {
  ...COMMON,
  name: 'retention preview',
  summary: 'Show what would go of a log now, and which legal hold keeps what; nothing changes.',
  usage: LOG_USAGE,
  options: LOG_OPTIONS,
  notes:
    'It needs no server, and reads the log from its first entry to its last where a policy or hold has a filter.',
  run: async (input) => {
    const { values } = input.settings
    const journal = existingJournal(values)
    const ledger = await openLedgerReader(ledgerPlace(values))
    const reader = await openJournalReader(journal, 'retention', async () => lent(ledger))
    try {
      const request = await withAccessStore(input, async (store) => {
        const log = await requireLog(store, input)
        const holds = (await store.retention.holds(log)).filter(({ liftedAt }) => liftedAt === undefined)
        return { log, holds, policies: await store.retention.policies(log), nowMs: Date.now() }
      })
      const origin = await reader.originOf(request.log)
      const size = await ledger.size(origin)
      const evidence = { of: () => ({ size }), bundleBytes: () => ledger.bundleBytes(origin) }
      const contents = {
        measure: () => measureContents(ledger, origin),
        beginningOf: (_: LogName, bundle: number) => beginningOf(ledger, origin, bundle),
      }
      const plan = await planRetention({ reads: new OfflineReads(reader), evidence, contents }, request)
      printDone(input, planShape(request.log, plan), planSentence(plan))
    } finally {
      await reader.close()
      await ledger.close()
    }
    return EXIT.ok
  },
}

export const retentionRun: Command = {
  ...COMMON,
  name: 'retention run',
  summary: 'Have what need not be kept go now; the server does it, at once or when it starts.',
  usage: LOG_USAGE,
  options: LOG_OPTIONS,
  run: async (input) => {
    const run = await withAccessStore(input, async (store) =>
      requestRetentionRun(store, doerAtCommandLine(input), await requireLog(store, input)),
    )
    printDone(
      input,
      runShape(run),
      `Run ${run.id} is recorded; "counterfoil retention show" tells what it did.`,
    )
    return EXIT.ok
  },
}

export const retentionArchive: Command = {
  ...COMMON,
  name: 'retention archive',
  summary:
    'Archive the entries of a period; they stay in the log. The server does it, at once or when it starts.',
  usage: `${LOG_USAGE} [--from <time>] [--to <time>]`,
  options: {
    ...LOG_OPTIONS,
    from: { kind: 'text', value: '<time>', description: 'Recorded then or later, as 2026-01-01T00:00:00Z.' },
    to: { kind: 'text', value: '<time>', description: 'Recorded until then.' },
  },
  notes: 'Archives go where archive_directory or archive_url of the server says; docs/retention.md.',
  run: async (input) => {
    const times = { from: optionalMoment(input, 'from'), to: optionalMoment(input, 'to') }
    const archive = await withAccessStore(input, async (store) =>
      requestArchive(store, doerAtCommandLine(input), { log: await requireLog(store, input), times }),
    )
    printDone(
      input,
      archiveShape(archive),
      `Archive ${archive.id} is asked for; "counterfoil retention show" tells what became of it.`,
    )
    return EXIT.ok
  },
}

export const holdAdd: Command = {
  ...COMMON,
  name: 'retention hold add',
  summary: 'Make a legal hold: nothing under it goes, whatever a policy says.',
  usage: `${LOG_USAGE} --name <text> --reason <text> [--query <text>]`,
  options: {
    ...LOG_OPTIONS,
    name: { kind: 'text', value: '<text>', description: 'What it is called.' },
    reason: { kind: 'text', value: '<text>', description: 'Why; stands in the log for ever.' },
    query: {
      kind: 'text',
      value: '<text>',
      description: 'Search text that selects entries; every entry when left out.',
    },
  },
  run: async (input) => {
    const hold = await withAccessStore(input, async (store) =>
      makeHold(store, doerAtCommandLine(input), {
        log: await requireLog(store, input),
        name: requireText(input, 'name'),
        reason: requireText(input, 'reason'),
        query: (input.options.query as string | undefined) ?? '',
      }),
    )
    printDone(input, holdShape(hold), `Hold ${hold.id} is made.`)
    return EXIT.ok
  },
}

export const holdList: Command = {
  ...COMMON,
  name: 'retention hold list',
  summary: 'List legal holds over a log, lifted ones too, the newest first.',
  usage: LOG_USAGE,
  options: LOG_OPTIONS,
  run: async (input) => {
    const shapes = await withAccessStore(input, async (store) =>
      (await store.retention.holds(await requireLog(store, input))).map(holdShape),
    )
    const cells = ['id', 'name', 'query', 'made_at', 'lifted_at']
    printRows(
      input,
      shapes.map((json) => ({ json, cells: cells.map((name) => cellOf(json[name])) })),
    )
    return EXIT.ok
  },
}

export const holdLift: Command = {
  name: 'retention hold lift',
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  summary: 'Lift a legal hold.',
  usage: '<id> --org <slug> --reason <text>',
  options: {
    org: ORG_OPTION,
    reason: { kind: 'text', value: '<text>', description: 'Why; stands in the log for ever.' },
  },
  run: async (input) => {
    const hold = await withAccessStore(input, async (store) => {
      const { id } = await requireOrganization(store, requireText(input, 'org'))
      const by = doerAtCommandLine(input)
      return liftHold(store, by, id, input.positionals[0] as string, requireText(input, 'reason'))
    })
    printDone(input, holdShape(hold), `Hold ${hold.id} is lifted.`)
    return EXIT.ok
  },
}

async function requireLog(store: AccessStore, input: CommandInput): Promise<LogName> {
  const { id } = await requireOrganization(store, requireText(input, 'org'))
  return { organization_id: id, mode: requireChoice(input, 'mode', MODES) }
}

function optionalNumber({ options }: CommandInput, name: string): number | null {
  const text = options[name] as string | undefined
  if (text === undefined) return null
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new AppError('invalid_request', { param: name, hint: `--${name} must be a whole number, 1 or more.` })
}

/** Microseconds since 1970. */
function optionalMoment({ options }: CommandInput, name: string): number | null {
  const text = options[name] as string | undefined
  if (text === undefined) return null
  const moment = parseRfc3339(text)
  if (moment !== undefined) return moment.epochMicroseconds
  throw new AppError('invalid_request', {
    param: name,
    hint: `--${name} must be an RFC 3339 time such as 2026-01-01T00:00:00Z.`,
  })
}

function planSentence({ prune, expiries }: RetentionPlan): string {
  const parts = expiries.map(
    ({ policy, entries, heldBack }) =>
      `${entries} entries${policy.category === null ? '' : ` of ${policy.category}`} are due to lose what they say${heldBack.map(({ hold, entries: held }) => `, ${held} of them held by "${hold.name}"`).join('')}`,
  )
  if (prune !== undefined) {
    const held = prune.heldBack.map(({ hold, seq }) => `, "${hold.name}" holds entry ${seq} and what follows`)
    parts.push(
      `${prune.to - prune.from} entries before entry ${prune.to} would go, ${prune.bytes} bytes${held.join('')}`,
    )
  }
  return parts.length === 0 ? 'Nothing would go.' : `${parts.join('; ')}.`
}

function cellOf(value: unknown): string {
  return value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)
}
