import type { Command } from './command.js'

export const rebuildIndex: Command = {
  name: 'rebuild-index',
  summary: 'Fill the search index anew from the journal; the server must be stopped.',
  usage: '[options]',
  options: {},
  settings: [
    'database_url',
    'data',
    'origin',
    'clickhouse_url',
    'clickhouse_user',
    'clickhouse_password',
    'clickhouse_database',
    'engine_memory_mb',
    'disk_reserve_mb',
    'log_level',
  ],
  positionals: { min: 0, max: 0 },
  notes: 'When it is interrupted, the server fills in the rest as soon as it starts.',
  run: async (input) => (await import('./serve/run-rebuild-index.js')).runRebuildIndex(input),
}
