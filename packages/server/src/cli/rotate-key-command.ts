import { AppError, type LogName, MODES } from '@counterfoil/core'
import { requestKeyRotation } from '../access/administration/key-rotations.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { requireChoice } from './key-commands.js'
import { MODE_OPTION } from './log-commands.js'
import { ORG_OPTION, printDone, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'
import { withLogs } from './with-logs.js'

const OVERLAP_DAYS = 30
const OVERLAP_DAYS_MAX = 365
const DAY_MS = 24 * 60 * 60 * 1_000

export const logRotateKey: Command = {
  name: 'log rotate-key',
  summary: 'Give a log another signing key; the server does it, at once or when it starts.',
  usage: `--org <slug> --mode ${MODES.join('|')} [--overlap-days <n>]`,
  options: {
    org: ORG_OPTION,
    mode: MODE_OPTION,
    'overlap-days': {
      kind: 'text',
      value: '<n>',
      description: `For how many days the present key signs as well, 0 to ${OVERLAP_DAYS_MAX}; ${OVERLAP_DAYS} when left out.`,
    },
  },
  settings: ['data', 'database_url', 'master_key'],
  positionals: { min: 0, max: 0 },
  notes: `
The entry log.key, which names the new key, is recorded first. Give the printed key to everybody who verifies the log, and to its
witnesses, before the overlap ends. What was signed before verifies with the old key for ever.
`,
  run: async (input) => {
    const overlapMs = DAY_MS * readOverlap(input)
    const { id } = await withAccessStore(input, (store) =>
      requireOrganization(store, requireText(input, 'org')),
    )
    const log: LogName = { organization_id: id, mode: requireChoice(input, 'mode', MODES) }
    const signed = await withLogs(input, async ({ signer }) => {
      const head = signer
        .newestHeads()
        .find((one) => one.log.organization_id === id && one.log.mode === log.mode)
      if (head === undefined)
        throw new AppError('not_found', {
          hint: 'Nothing is signed of this log yet: there is no key to be replaced.',
        })
      return { ...head, vkey: signer.vkeys(head)[0] as string, newVkey: signer.nextVkey(head) }
    })
    const { origin, generation, vkey, newVkey } = signed
    const overlapUntil = Date.now() + overlapMs
    await withAccessStore(input, (store) =>
      requestKeyRotation(store, doerAtCommandLine(input), {
        ...{ log, origin, generation, vkey, newVkey, overlapUntil },
      }),
    )
    const until = new Date(overlapUntil).toISOString()
    printDone(
      input,
      { object: 'key_rotation', origin, old_vkey: vkey, new_vkey: newVkey, overlap_until: until },
      `Recorded. The running server signs with the new key within seconds, another one when it starts; the old one signs as well until ${until}.`,
    )
    if (input.options.json !== true) input.world.stdout.write(`${newVkey}\n`)
    return EXIT.ok
  },
}

function readOverlap({ options }: CommandInput): number {
  const text = (options['overlap-days'] as string | undefined) ?? String(OVERLAP_DAYS)
  const days = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (days <= OVERLAP_DAYS_MAX) return days
  throw new AppError('invalid_request', {
    param: 'overlap-days',
    hint: `"overlap-days" is a whole number from 0 to ${OVERLAP_DAYS_MAX}.`,
  })
}
