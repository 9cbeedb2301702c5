import { setTimeout as sleep } from 'node:timers/promises'
import type { EntryList } from './api/answers.js'
import { type ApiClient, openApiClient } from './api/api-client.js'
import { ServerError, ServerUnreachable } from './api/server-error.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { onInterrupt } from './interruption.js'
import { listParameters, pagePrinter, readZone, ZONE_OPTIONS } from './search-command.js'
import { readSearchText, searchNotes } from './search-text.js'

const NEWEST = 20
const PAGE = 200
/** 50 requests a minute, which keeps within the limit of a test key. */
const POLL_MS = 1_200
const RECONNECT_MS_MAX = 5_000

export const tail: Command = {
  name: 'tail',
  summary: 'Show the newest entries; with --follow, those that come as well.',
  usage: '[<search text> …] [--follow]',
  options: {
    follow: { kind: 'flag', description: 'Go on with new entries until Ctrl-C.' },
    ...ZONE_OPTIONS,
  },
  settings: ['url', 'key'],
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  takesSearch: true,
  notes: searchNotes(),
  run: async (input) => {
    const text = readSearchText(input.positionals)
    const print = pagePrinter(input, readZone(input))
    const interruption = onInterrupt()
    const { signal } = interruption
    try {
      const client = openApiClient(input.settings.values, 'audit:read', { signal })
      const newest = await client.list(listParameters(text, 'desc', NEWEST))
      print({ ...newest, data: newest.data.toReversed() })
      if (input.options.follow === true) {
        // One attempt each: a follower says at once that it lost the server, and asks on for as long as it takes.
        const follower = openApiClient(input.settings.values, 'audit:read', { signal, attempts: 1 })
        await follow(follower, text, newest.data[0]?.id, print, signal, input)
      }
      return EXIT.ok
    } catch (error) {
      // Ctrl-C is how following ends.
      if (signal.aborted) return EXIT.ok
      throw error
    } finally {
      interruption.release()
    }
  },
}

/** Prints what was recorded after the entry `after`, each entry once and in order, until the signal aborts. */
async function follow(
  client: ApiClient,
  text: string,
  after: string | undefined,
  print: (page: EntryList) => void,
  signal: AbortSignal,
  { world: { stderr } }: CommandInput,
): Promise<void> {
  let last = after
  let failures = 0
  while (!signal.aborted) {
    const parameters = listParameters(text, 'asc', PAGE)
    if (last !== undefined) parameters.set('starting_after', last)
    try {
      const page = await client.list(parameters)
      if (failures > 0) stderr.write('Connected again.\n')
      failures = 0
      print(page)
      last = page.data.at(-1)?.id ?? last
      if (!page.has_more) await sleep(POLL_MS, undefined, { signal })
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error
      if (failures++ === 0) stderr.write(`${(error as Error).message} Reconnecting …\n`)
      await sleep(Math.min(POLL_MS * failures, RECONNECT_MS_MAX), undefined, { signal })
    }
  }
}

/** Whether the server may be there again later: it restarts, or is overloaded. */
function mayPass(error: unknown): boolean {
  return error instanceof ServerUnreachable || (error instanceof ServerError && error.status >= 500)
}
