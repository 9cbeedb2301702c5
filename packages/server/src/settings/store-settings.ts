import { define, integer, oneOf, optionalUrl, text } from './readers.js'

function identifier(value: string) {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(value)
    ? { value }
    : { problem: 'must be letters, digits and underscores, and begin with no digit' }
}

/** It becomes part of SQL and of paths in Keeper. */
function clusterName(value: string) {
  return /^[A-Za-z0-9_.-]*$/.test(value)
    ? { value }
    : { problem: 'must be letters, digits, dots, hyphens and underscores' }
}

function optionalPostgresUrl(value: string) {
  return value === '' || /^postgres(?:ql)?:\/\/\S+$/.test(value)
    ? { value }
    : { problem: 'must be a URL such as postgres://user:password@host:5432/database' }
}

/** Where entries rest and are searched, when that is not the data directory. */
export const STORE_SETTINGS = {
  database_url: define<string>(
    'COUNTERFOIL_DATABASE_URL',
    '',
    optionalPostgresUrl,
    'A PostgreSQL database that entries are recorded in, instead of a file in the data directory.',
    true,
  ),
  signer_url: define<string>(
    'COUNTERFOIL_SIGNER_URL',
    '',
    optionalPostgresUrl,
    'A PostgreSQL database for what the signer remembers, best with another owner than the journal; where that is when not set.',
    true,
  ),
  clickhouse_url: define<string>(
    'COUNTERFOIL_CLICKHOUSE_URL',
    '',
    optionalUrl,
    'A ClickHouse server to search in, instead of the built-in engine: https://user:password@host:8443/database.',
  ),
  clickhouse_user: define<string>(
    'COUNTERFOIL_CLICKHOUSE_USER',
    'default',
    text,
    'User at that server, unless the URL names one.',
  ),
  clickhouse_password: define<string>(
    'COUNTERFOIL_CLICKHOUSE_PASSWORD',
    '',
    text,
    'Password at that server, unless the URL has one.',
    true,
  ),
  clickhouse_database: define<string>(
    'COUNTERFOIL_CLICKHOUSE_DATABASE',
    'counterfoil',
    identifier,
    'Database at that server, unless the URL names one. It is made when it is not there.',
  ),
  clickhouse_cluster: define<string>(
    'COUNTERFOIL_CLICKHOUSE_CLUSTER',
    '',
    clusterName,
    'Name of a cluster that the server belongs to: tables are replicated and spread over its shards.',
  ),
  clickhouse_ca: define<string>(
    'COUNTERFOIL_CLICKHOUSE_CA',
    '',
    text,
    "PEM file of the authority that signed the server's certificate, when it is no public one.",
  ),
  clickhouse_compression: define(
    'COUNTERFOIL_CLICKHOUSE_COMPRESSION',
    'off' as OnOff,
    oneOf(['on', 'off'] as const),
    'Whether requests to that server and its answers are compressed.',
  ),
  clickhouse_query_timeout_ms: define(
    'COUNTERFOIL_CLICKHOUSE_QUERY_TIMEOUT_MS',
    30_000,
    integer(100, 3_600_000),
    'How long a search may take.',
  ),
  clickhouse_write_timeout_ms: define(
    'COUNTERFOIL_CLICKHOUSE_WRITE_TIMEOUT_MS',
    30_000,
    integer(1_000, 3_600_000),
    'How long an insert may take before it is tried again.',
  ),
  ledger_url: define<string>(
    'COUNTERFOIL_LEDGER_URL',
    '',
    (value) =>
      value === '' || /^(?:s3|postgres(?:ql)?):\/\/\S+$/.test(value)
        ? { value }
        : { problem: 'must be an s3:// or postgres:// URL, or nothing' },
    'Where entries come to rest: s3://bucket/prefix?endpoint=https://host&region=name, or a PostgreSQL database; where the journal is when not set.',
    true,
  ),
  archive_url: define<string>(
    'COUNTERFOIL_ARCHIVE_URL',
    '',
    (value) => (value === '' || /^s3:\/\/\S+$/.test(value) ? { value } : { problem: 'must be an s3:// URL' }),
    'Object store for archives, in place of archive_directory; written as ledger_url is.',
  ),
  s3_access_key_id: define<string>('COUNTERFOIL_S3_ACCESS_KEY_ID', '', text, 'Access key at object stores.'),
  s3_secret_access_key: define<string>(
    'COUNTERFOIL_S3_SECRET_ACCESS_KEY',
    '',
    text,
    'Secret key at object stores.',
    true,
  ),
  s3_session_token: define<string>(
    'COUNTERFOIL_S3_SESSION_TOKEN',
    '',
    text,
    'Session token at object stores, with keys that are valid for a while.',
    true,
  ),
} as const
type OnOff = 'on' | 'off'
