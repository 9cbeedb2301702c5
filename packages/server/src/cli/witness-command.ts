import type { Command } from './command.js'

export const witness: Command = {
  name: 'witness',
  summary: "Run a witness: cosign other people's logs, and only what continues what they showed before.",
  usage: '--state <directory> --logs <file> [--name <name>] [--listen <host:port>]',
  options: {
    state: {
      kind: 'text',
      value: '<directory>',
      description: 'Where the witness keeps its key and what it cosigned; made when it is not there.',
    },
    logs: {
      kind: 'text',
      value: '<file>',
      description: 'Logs to watch: a policy file (c2sp.org/tlog-policy), of which the log lines count.',
    },
    name: {
      kind: 'text',
      value: '<name>',
      description: 'Name of the witness; needed at the first start alone.',
    },
    listen: { kind: 'text', value: '<host:port>', description: '127.0.0.1:7380 when left out.' },
  },
  settings: [],
  positionals: { min: 0, max: 0 },
  notes: `
The file of logs is read again when it changes. The state must not be restored from a backup: a witness that forgets could
be made to vouch for two histories. If it is lost, begin a new witness with a new name.`,
  run: async (input) => (await import('./run-witness.js')).runWitness(input),
}
