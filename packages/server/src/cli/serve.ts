import type { Command } from './command.js'

export const serve: Command = {
  name: 'serve',
  summary: 'Start the server.',
  usage: '[options]',
  options: {},
  settings: [
    'data',
    'host',
    'port',
    'origin',
    'clickhouse_url',
    'clickhouse_user',
    'clickhouse_password',
    'clickhouse_database',
    'engine_memory_mb',
    'disk_reserve_mb',
    'read_wait_ms',
    'trusted_proxies',
    'master_key',
    'audit_reads',
    'public_url',
    'session_idle_minutes',
    'session_hours',
    'smtp_url',
    'smtp_from',
    'sso_private_addresses',
    'log_level',
  ],
  positionals: { min: 0, max: 0 },
  // Loaded when it runs: the server's libraries would double the time that every other command takes to start.
  run: async (input) => (await import('./serve/run-serve.js')).runServe(input),
}
