import { AppError, MODES } from '@counterfoil/core'
import { type Command, EXIT } from './command.js'
import { requireChoice } from './key-commands.js'
import { searchNotes } from './search-text.js'

export const exportCommand: Command = {
  name: 'export',
  summary: 'Write the evidence of a log to a directory that anybody can verify offline.',
  usage: `--proof --org <slug> --mode ${MODES.join('|')} --out <directory> [<search text> …]`,
  options: {
    proof: {
      kind: 'flag',
      description:
        'Entries with all that proves them. Has to be given: other forms of export are in the API.',
    },
    org: { kind: 'text', value: '<slug>', description: 'The organization.' },
    mode: { kind: 'text', value: MODES.join('|'), description: 'The log of this mode.' },
    out: { kind: 'text', value: '<directory>', description: 'Where to; it must not exist yet.' },
  },
  settings: ['data', 'database_url', 'master_key', 'witness_policy'],
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  takesSearch: true,
  notes: `
Reads the data directory; the server may run meanwhile. The export holds what the newest signed checkpoint covers, and
verify.html, which verifies it in a browser without any network. With a search text only the entries that it finds are
exported, each with its own proof.
${searchNotes()}`,
  run: async (input) => {
    const { proof, org, mode, out } = input.options
    if (proof !== true || org === undefined || mode === undefined || out === undefined) {
      throw new AppError('invalid_request', {
        hint: 'Give --proof, --org, --mode and --out. "counterfoil export --help" shows them.',
      })
    }
    requireChoice(input, 'mode', MODES)
    const { runExport } = await import('./run-export.js')
    await runExport(input)
    return EXIT.ok
  },
}
