import { AppError } from '@counterfoil/core'
import type { EntryList } from './api/answers.js'
import { type ApiClient, openApiClient } from './api/api-client.js'
import { type Command, type CommandInput, EXIT, type OptionDefinition } from './command.js'
import { EntryTable, type Zone } from './output/entry-table.js'
import { formatCount } from './output/progress.js'
import { toTerminalJson } from './output/terminal-text.js'
import { readSearchText, searchNotes } from './search-text.js'

const LIMIT_DEFAULT = 50
const PAGE_MAX = 200

export const ZONE_OPTIONS: Readonly<Record<'utc' | 'local', OptionDefinition>> = {
  utc: { kind: 'flag', description: 'Times in UTC; the default.' },
  local: { kind: 'flag', description: 'Times in the time zone of this machine.' },
}

export const search: Command = {
  name: 'search',
  summary: 'Find entries, newest first.',
  usage: '[<search text> …]',
  options: {
    limit: { kind: 'text', value: '<n>', description: `How many entries; ${LIMIT_DEFAULT} when left out.` },
    all: { kind: 'flag', description: 'All of them, however many.' },
    'oldest-first': { kind: 'flag', description: 'In the order in which they were recorded.' },
    count: { kind: 'flag', description: 'Only how many there are.' },
    ...ZONE_OPTIONS,
  },
  settings: ['url', 'key'],
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  takesSearch: true,
  notes: searchNotes(),
  run: async (input) => {
    const text = readSearchText(input.positionals)
    const limit = readLimit(input)
    const zone = readZone(input)
    const client = openApiClient(input.settings.values, 'audit:read')
    if (input.options.count === true) await printCount(client, text, input)
    else await printEntries(client, text, limit, zone, input)
    return EXIT.ok
  },
}

/** Parameters of a list that this search text selects. */
export function listParameters(text: string, order: 'asc' | 'desc', limit: number): URLSearchParams {
  const parameters = new URLSearchParams({ order, limit: String(limit) })
  if (text.trim() !== '') parameters.set('query', text)
  return parameters
}

/** Prints one page: a table, or with --json one entry a line. */
export function pagePrinter(
  { world: { stdout }, options }: CommandInput,
  zone: Zone,
): (page: EntryList) => void {
  const table = new EntryTable(stdout, zone)
  return ({ data }) => {
    if (options.json !== true) table.print(data)
    else stdout.write(data.map((entry) => `${toTerminalJson(JSON.stringify(entry))}\n`).join(''))
  }
}

export function readZone({ options }: CommandInput): Zone {
  if (options.utc !== true || options.local !== true) return options.local === true ? 'local' : 'utc'
  throw new AppError('invalid_request', { param: 'local', hint: 'Give --utc or --local, not both.' })
}

async function printEntries(
  client: ApiClient,
  text: string,
  limit: number,
  zone: Zone,
  input: CommandInput,
): Promise<void> {
  const { world, options } = input
  const print = pagePrinter(input, zone)
  const order = options['oldest-first'] === true ? 'asc' : 'desc'
  let printed = 0
  let cursor: string | null = null
  do {
    const parameters = listParameters(text, order, Math.min(PAGE_MAX, limit - printed))
    if (cursor !== null) parameters.set('cursor', cursor)
    const page: EntryList = await client.list(parameters)
    print(page)
    await drained(input)
    noteCoverage(page, input)
    printed += page.data.length
    cursor = page.next_cursor
  } while (cursor !== null && printed < limit)
  if (options.json === true) return
  if (printed === 0) world.stderr.write('No entry fits.\n')
  else if (cursor !== null) world.stderr.write(`There are more; --limit or --all shows them.\n`)
}

/** Waits until what was printed has gone out, so that a slow reader does not fill our memory. */
async function drained({ world: { stdout } }: CommandInput): Promise<void> {
  if (!stdout.writableNeedDrain) return
  await new Promise<void>((resolve) => {
    stdout.once('drain', resolve)
  })
}

async function printCount(client: ApiClient, text: string, input: CommandInput): Promise<void> {
  const { stdout } = input.world
  const parameters = listParameters(text, 'desc', 1)
  parameters.set('include_count', 'true')
  const page = await client.list(parameters)
  noteCoverage(page, input)
  const count = page.total_count ?? 0
  stdout.write(input.options.json === true ? `${JSON.stringify({ count })}\n` : `${formatCount(count)}\n`)
}

/** Says what an answer could not look at: never less in silence. */
function noteCoverage(
  { partial, covered_from_seq, complete_through_seq }: EntryList,
  { world }: CommandInput,
): void {
  if (partial !== true) return
  const looked =
    covered_from_seq === undefined
      ? `entries up to seq ${complete_through_seq}`
      : `entries from seq ${covered_from_seq} on`
  world.stderr.write(
    `Note: the search index is behind or away. Only ${looked} were searched; try again later.\n`,
  )
}

function readLimit({ options }: CommandInput): number {
  const given = options.limit as string | undefined
  if (options.all === true) {
    if (given === undefined) return Number.POSITIVE_INFINITY
    throw new AppError('invalid_request', { param: 'limit', hint: 'Give --limit or --all, not both.' })
  }
  if (given === undefined) return LIMIT_DEFAULT
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given)
  throw new AppError('invalid_request', {
    param: 'limit',
    hint: `--limit must be a whole number from 1 on, not "${given}".`,
  })
}
