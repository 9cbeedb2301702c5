import type { SettingName } from '../settings/settings.js'

/** Settings of commands that work on everything of an installation, wherever it is. */
export const INSTALLATION_SETTINGS: readonly SettingName[] = [
  ...(['data', 'master_key', 'database_url', 'ledger_url', 'signer_url', 'clickhouse_url'] as const),
  ...(['s3_access_key_id', 's3_secret_access_key', 's3_session_token'] as const),
]
