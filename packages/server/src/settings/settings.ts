import { readFileSync } from 'node:fs'
import { AppError, isOrigin } from '@counterfoil/core'
import {
  addresses,
  assignments,
  type Definition,
  define,
  integer,
  oneOf,
  optionalUrl,
  origins,
  rate,
  text,
} from './readers.js'
import { STORE_SETTINGS } from './store-settings.js'

/** Where a setting's value came from, in the order in which one wins over the next. */
export type SettingOrigin = 'flag' | 'environment' | 'file' | 'default'

/** Every setting there is. A flag is the name with hyphens; the file `counterfoil.config.json` uses the name as it is. */
export const SETTINGS = {
  data: define<string>('COUNTERFOIL_DATA', './data', text, 'Directory of everything the server stores.'),
  host: define<string>('COUNTERFOIL_HOST', '127.0.0.1', text, 'Address the server listens on.'),
  port: define(
    'COUNTERFOIL_PORT',
    8787,
    integer(0, 65_535),
    'Port the server listens on; 0 takes a free one.',
  ),
  origin: define<string>(
    'COUNTERFOIL_ORIGIN',
    'counterfoil.local',
    (value) =>
      isOrigin(value)
        ? { value }
        : { problem: 'must be a host name such as audit.example.com, without scheme' },
    'Host part of every log origin. Fixed when the data directory is made, because it is hashed into each entry.',
  ),
  ...STORE_SETTINGS,
  engine_memory_mb: define(
    'COUNTERFOIL_ENGINE_MEMORY_MB',
    700,
    integer(256, 1_048_576),
    'Memory that the built-in search engine may allocate, MiB.',
  ),
  disk_reserve_mb: define(
    'COUNTERFOIL_DISK_RESERVE_MB',
    256,
    integer(0, 1_048_576),
    'Recording stops when the disk has less free space, MiB.',
  ),
  dialects: define<string>(
    'COUNTERFOIL_DIALECTS',
    'all',
    text,
    'APIs that are served: "all", or names with commas between them.',
  ),
  dialect_prefixes: define<Readonly<Record<string, string>>>(
    'COUNTERFOIL_DIALECT_PREFIXES',
    {},
    assignments,
    'Path prefix of an API: wherobots=/wherobots,arize=/arize.',
  ),
  compatibility: define<Readonly<Record<string, string>>>(
    'COUNTERFOIL_COMPATIBILITY',
    {},
    assignments,
    'Choices where a vendor contradicts itself, as dialect.switch=value; each is in the page of its dialect.',
  ),
  rate_limits: define(
    'COUNTERFOIL_RATE_LIMITS',
    'on' as 'on' | 'off',
    oneOf(['on', 'off'] as const),
    'Whether requests are limited by key; off turns every limit below off.',
  ),
  rate_test_per_minute: rate(
    'COUNTERFOIL_RATE_TEST_PER_MINUTE',
    60,
    'Requests a minute of a test key; 0 for no limit.',
  ),
  rate_test_per_second: rate(
    'COUNTERFOIL_RATE_TEST_PER_SECOND',
    10,
    'Requests a second of a test key; 0 for no limit.',
  ),
  rate_live_per_minute: rate(
    'COUNTERFOIL_RATE_LIVE_PER_MINUTE',
    300,
    'Requests a minute of a live key; 0 for no limit.',
  ),
  rate_live_per_second: rate(
    'COUNTERFOIL_RATE_LIVE_PER_SECOND',
    50,
    'Requests a second of a live key; 0 for no limit.',
  ),
  rate_elevated_per_minute: rate(
    'COUNTERFOIL_RATE_ELEVATED_PER_MINUTE',
    1_200,
    'Requests a minute of a key made with --rate elevated; 0 for no limit.',
  ),
  rate_elevated_per_second: rate(
    'COUNTERFOIL_RATE_ELEVATED_PER_SECOND',
    100,
    'Requests a second of a key made with --rate elevated; 0 for no limit.',
  ),
  rate_recording_per_minute: rate(
    'COUNTERFOIL_RATE_RECORDING_PER_MINUTE',
    60_000,
    'Requests a minute of any key that record; counted apart; 0 for no limit.',
  ),
  rate_recording_per_second: rate(
    'COUNTERFOIL_RATE_RECORDING_PER_SECOND',
    2_000,
    'Requests a second of any key that record; counted apart; 0 for no limit.',
  ),
  organization_reads: define(
    'COUNTERFOIL_ORGANIZATION_READS',
    4,
    integer(1, 10_000),
    'Reads of one organization that go on at once; more wait for their turn.',
  ),
  organization_reads_waiting: define(
    'COUNTERFOIL_ORGANIZATION_READS_WAITING',
    100,
    integer(0, 100_000),
    'Reads of one organization that wait at once, and exports; more are answered with 429.',
  ),
  organization_searches: define(
    'COUNTERFOIL_ORGANIZATION_SEARCHES',
    0,
    integer(0, 10_000),
    'Statements of one organization in the index at once, while others search, too; 0 for half of the processors.',
  ),
  organization_exports: define(
    'COUNTERFOIL_ORGANIZATION_EXPORTS',
    4,
    integer(1, 10_000),
    'Exports of one organization that are sent at once; more wait for their turn, 5 seconds at most.',
  ),
  organization_recording_mb: define(
    'COUNTERFOIL_ORGANIZATION_RECORDING_MB',
    24,
    integer(8, 1_024),
    'Request bodies of one organization that wait to be recorded, MiB; more are answered with 429.',
  ),
  organization_recording_share: define(
    'COUNTERFOIL_ORGANIZATION_RECORDING_SHARE',
    25,
    integer(1, 100),
    'Percent of the time for recording that one organization takes at most while others record, too; 100 for no such bound.',
  ),
  read_wait_ms: define(
    'COUNTERFOIL_READ_WAIT_MS',
    2_000,
    integer(0, 60_000),
    'How long a read waits for the index to take in what was recorded before it.',
  ),
  checkpoint_heartbeat_seconds: define(
    'COUNTERFOIL_CHECKPOINT_HEARTBEAT_SECONDS',
    300,
    integer(1, 300),
    'How often the checkpoint of a log that does not grow is signed again.',
  ),
  witness_policy: define<string>(
    'COUNTERFOIL_WITNESS_POLICY',
    '',
    text,
    'A policy file (c2sp.org/tlog-policy): witnesses that checkpoints are shown to, with their URLs, and the quorum.',
  ),
  trusted_proxies: define<readonly string[]>(
    'COUNTERFOIL_TRUSTED_PROXIES',
    [],
    addresses,
    'Proxies whose X-Forwarded-For is believed: addresses or blocks with commas between them.',
  ),
  master_key: define<string>(
    'COUNTERFOIL_MASTER_KEY',
    '',
    text,
    'Key that stored secrets are encrypted under, 32 bytes in base64; master.key in the data directory when not set.',
    true,
  ),
  public_url: define<string>(
    'COUNTERFOIL_PUBLIC_URL',
    '',
    (value) => {
      const isUrl = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
      return value === '' || (isUrl && new URL(value).pathname === '/' && new URL(value).search === '')
        ? { value: value.replace(/\/$/, '') }
        : { problem: 'must be a URL without a path, such as https://audit.example.com' }
    },
    'Where people reach the server: links in mails begin with it, and single sign-on comes back to it.',
  ),
  session_idle_minutes: define(
    'COUNTERFOIL_SESSION_IDLE_MINUTES',
    30,
    integer(1, 1_440),
    'A browser that does nothing for so long is signed out.',
  ),
  session_hours: define(
    'COUNTERFOIL_SESSION_HOURS',
    12,
    integer(1, 720),
    'Who signed in has to sign in again after so long.',
  ),
  smtp_url: define<string>(
    'COUNTERFOIL_SMTP_URL',
    '',
    (value) =>
      value === '' || /^smtps?:\/\/\S+$/.test(value)
        ? { value }
        : { problem: 'must be an smtp:// or smtps:// URL' },
    'Mail server that sends invitations and resets; without one, links are shown to admins.',
    true,
  ),
  smtp_from: define<string>(
    'COUNTERFOIL_SMTP_FROM',
    '',
    text,
    'What mails come from, such as Audit <audit@example.com>; needed with smtp_url.',
  ),
  sso_private_addresses: define(
    'COUNTERFOIL_SSO_PRIVATE_ADDRESSES',
    'refuse' as PrivateAddresses,
    oneOf(['refuse', 'allow'] as const),
    'Whether an OpenID provider may be at a private address, or on plain HTTP.',
  ),
  viewer_origins: define<readonly string[]>(
    'COUNTERFOIL_VIEWER_ORIGINS',
    [],
    origins,
    'Origins whose pages may read with viewer tokens, with commas between them; none unless named.',
  ),
  audit_reads: define(
    'COUNTERFOIL_AUDIT_READS',
    'people' as AuditReads,
    oneOf(['off', 'people', 'all'] as const),
    'Whose reading of entries is itself recorded, once in 15 minutes each: nobody, people, or API keys as well.',
  ),
  integrity_check: define<string>(
    'COUNTERFOIL_INTEGRITY_CHECK',
    '03:00',
    (value) =>
      value === 'off' || /^([01]\d|2[0-3]):[0-5]\d$/.test(value)
        ? { value }
        : { problem: 'must be a time of day in UTC such as 03:00, or off' },
    'When every log is checked from its first entry to its last, once a day: a time of day in UTC, or off.',
  ),
  archive_directory: define<string>(
    'COUNTERFOIL_ARCHIVE_DIRECTORY',
    '',
    text,
    'Where entries are archived before a retention policy takes them away; none unless named.',
  ),
  drain_seconds: define(
    'COUNTERFOIL_DRAIN_SECONDS',
    0,
    integer(0, 3_600),
    'How long /readyz says 503 while everything is still served, between SIGTERM and stopping.',
  ),
  log_level: define(
    'COUNTERFOIL_LOG_LEVEL',
    'info' as LogLevel,
    oneOf(['debug', 'info', 'warn', 'error', 'silent'] as const),
    'Least level of the lines that the server writes to its own log.',
  ),
  url: define<string>(
    'COUNTERFOIL_URL',
    'http://127.0.0.1:8787',
    optionalUrl,
    'Client commands: the server to talk to.',
  ),
  key: define<string>('COUNTERFOIL_KEY', '', text, 'Client commands: the API key.', true),
} as const
type AuditReads = 'off' | 'people' | 'all'
type PrivateAddresses = 'refuse' | 'allow'
type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export type SettingName = keyof typeof SETTINGS
export type Settings = { readonly [Name in SettingName]: (typeof SETTINGS)[Name]['fallback'] }

export interface ResolvedSettings {
  readonly values: Settings
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>
}

export const CONFIG_FILE = 'counterfoil.config.json'
const NAMES = Object.keys(SETTINGS) as SettingName[]

/** Flag of a setting: `--engine-memory-mb`. */
export function flagOf(name: SettingName): string {
  return `--${name.replaceAll('_', '-')}`
}

/** Puts settings together. Throws `invalid_setting` that names the wrong one and where it stands. */
export function resolveSettings(
  flags: Readonly<Partial<Record<SettingName, string>>>,
  environment: Readonly<Record<string, string | undefined>>,
  file: Readonly<Record<string, unknown>>,
): ResolvedSettings {
  refuseUnknown(environment, file)
  const values: Record<string, unknown> = {}
  const origins: Record<string, SettingOrigin> = {}
  for (const name of NAMES) {
    const { variable, fallback, read, secret } = SETTINGS[name] as Definition<unknown>
    const [origin, given, place] =
      flags[name] !== undefined
        ? (['flag', flags[name], flagOf(name)] as const)
        : environment[variable] !== undefined
          ? (['environment', environment[variable] as string, variable] as const)
          : secret === true && environment[`${variable}_FILE`] !== undefined
            ? (['environment', readSecretFile(variable, environment), `${variable}_FILE`] as const)
            : file[name] !== undefined
              ? (['file', String(file[name]), `"${name}" in ${CONFIG_FILE}`] as const)
              : (['default', undefined, ''] as const)
    origins[name] = origin
    const result = given === undefined ? { value: fallback } : read(given)
    if ('problem' in result) {
      throw new AppError('invalid_setting', {
        param: name,
        hint: `${place} is ${SETTINGS[name].secret === true ? 'set' : JSON.stringify(withoutPassword(given))}: it ${result.problem}.`,
      })
    }
    values[name] = result.value
  }
  return { values: values as unknown as Settings, origins: origins as Record<SettingName, SettingOrigin> }
}

/** The config file's members; none when there is no such file. Throws `invalid_setting` when it is no JSON object. */
export function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new AppError('invalid_setting', {
      hint: `${path} cannot be read: ${(error as Error).message}.`,
      cause: error,
    })
  }
  try {
    const members: unknown = JSON.parse(content)
    if (typeof members === 'object' && members !== null && !Array.isArray(members))
      return members as Record<string, unknown>
  } catch (error) {
    throw new AppError('invalid_setting', {
      hint: `${path} is not JSON: ${(error as Error).message}.`,
      cause: error,
    })
  }
  throw new AppError('invalid_setting', { hint: `${path} must hold a JSON object of settings.` })
}

/** A secret that stands in a file of its own, as orchestrators give them; the newline at its end is not part of it. */
function readSecretFile(variable: string, environment: Readonly<Record<string, string | undefined>>): string {
  const path = environment[`${variable}_FILE`] as string
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new AppError('invalid_setting', {
      hint: `${variable}_FILE: ${path} cannot be read: ${(cause as Error).message}.`,
      cause,
    })
  }
}

/** The text of a URL without the password in it. */
export function withoutPassword(text: string | undefined): string {
  return (text ?? '').replace(/^([a-z0-9+]+:\/\/[^/@\s]*?:)[^/\s]*@/i, '$1********@')
}

function refuseUnknown(
  environment: Readonly<Record<string, string | undefined>>,
  file: Readonly<Record<string, unknown>>,
): void {
  const variables = new Set<string>(
    NAMES.flatMap((name) => {
      const { variable, secret } = SETTINGS[name]
      return secret === true ? [variable, `${variable}_FILE`] : [variable]
    }),
  )
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('COUNTERFOIL_') && !variables.has(variable)) {
      throw new AppError('invalid_setting', {
        hint: `${variable} is not a setting. "counterfoil config" lists them all.`,
      })
    }
  }
  for (const name of Object.keys(file)) {
    if (!NAMES.includes(name as SettingName)) {
      throw new AppError('invalid_setting', {
        hint: `"${name}" in ${CONFIG_FILE} is not a setting. "counterfoil config" lists them all.`,
      })
    }
  }
}
