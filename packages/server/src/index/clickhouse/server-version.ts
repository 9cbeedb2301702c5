import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { AppError } from '@counterfoil/core'
import type { Address, Transport } from './connection.js'

/** The oldest that knows every setting and every table setting that is sent. */
export const VERSION_MIN = '25.3'
const ANSWER_MS = 5_000
const ANSWER_BYTES_MAX = 64 * 1024

/**
 * Asks the server for its version. Gives a sentence when it is away, undefined when all is well. Throws `invalid_setting`, with
 * a sentence that names the setting to change, when what is there cannot be used.
 *
 * It asks without any setting and any client: a server that is too old, or none at all, would stumble over them.
 */
export async function checkVersion(address: Address, transport: Transport = {}): Promise<string | undefined> {
  let answer: Answer
  try {
    answer = await askVersion(address, transport)
  } catch (error) {
    return sentenceOfFailure(address.url, error as NodeJS.ErrnoException)
  }
  const { status, body, code } = answer
  if (status === 200 && isVersion(body)) {
    if (isAtLeast(body, VERSION_MIN)) return undefined
    throw wrong(
      'clickhouse_url',
      `The ClickHouse server at ${address.url} is version ${body}; Counterfoil needs ${VERSION_MIN} or newer. Upgrade it, or name another one with clickhouse_url.`,
    )
  }
  if (code !== undefined && REFUSED.has(code)) {
    throw wrong(
      'clickhouse_password',
      `The ClickHouse server at ${address.url} refuses the user "${address.user}" or the password: set clickhouse_user and clickhouse_password, or put them in clickhouse_url.`,
    )
  }
  if (code !== undefined) {
    // Starting, overloaded, ending: it says so itself, and may be well in a moment.
    return `The ClickHouse server at ${address.url} answers with an error: ${body.slice(0, 300)}.`
  }
  if (status >= 500) return `What answers at ${address.url} (clickhouse_url) has an error: HTTP ${status}.`
  const is9000 = body.includes('clickhouse-client program')
  throw wrong(
    'clickhouse_url',
    is9000
      ? `${address.url} is the port of ClickHouse's native protocol: name the port of its HTTP interface in clickhouse_url, 8123 or 8443.`
      : `What answers at ${address.url} is not a ClickHouse server (HTTP ${status}): set clickhouse_url to the address of its HTTP interface.`,
  )
}

/** Authentication failed, in all the ways that servers old and new say it. */
const REFUSED: ReadonlySet<string> = new Set(['192', '193', '194', '195', '516'])

/** `26.7.2.1` */
function isVersion(text: string): boolean {
  return /^\d+\.\d+(\.\d+)*(-\S*)?$/.test(text)
}

/** Compares year and month of two versions. */
export function isAtLeast(version: string, least: string): boolean {
  const [year = 0, month = 0] = version.split('.').map(Number)
  const [leastYear = 0, leastMonth = 0] = least.split('.').map(Number)
  return year > leastYear || (year === leastYear && month >= leastMonth)
}

interface Answer {
  readonly status: number
  readonly body: string
  /** ClickHouse's code of an error. */
  readonly code: string | undefined
}

function askVersion({ url, user, password }: Address, { ca }: Transport): Promise<Answer> {
  const request = url.startsWith('https:') ? requestSecure : requestPlain
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/?query=${encodeURIComponent('SELECT version()')}`,
      {
        headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
        timeout: ANSWER_MS,
        agent: false,
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
          if (text.length > ANSWER_BYTES_MAX) response.destroy()
        })
        response.on('error', reject)
        response.on('close', () => {
          const body = text.trim()
          const header = response.headers['x-clickhouse-exception-code']
          const code = typeof header === 'string' ? header : /^Code: (\d+)/.exec(body)?.[1]
          resolve({ status: response.statusCode ?? 0, body, code })
        })
      },
    )
    sent.on('timeout', () =>
      sent.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** A sentence for what may be over in a moment; throws for what is not. */
function sentenceOfFailure(url: string, error: NodeJS.ErrnoException): string {
  const code = error.code ?? ''
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    throw wrong(
      'clickhouse_url',
      `The certificate at ${url} is for another host: name the host that it is for in clickhouse_url.`,
      error,
    )
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    throw wrong(
      'clickhouse_url',
      `The certificate at ${url} is not valid now (${code}): renew it, or set the clocks right.`,
      error,
    )
  if (/CERT|SIGNATURE|ISSUER/.test(code))
    throw wrong(
      'clickhouse_ca',
      `The certificate at ${url} is not one that is trusted (${code}): give the PEM file of its authority in clickhouse_ca.`,
      error,
    )
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    throw wrong(
      'clickhouse_url',
      `${url} does not speak TLS: write http:// in clickhouse_url, or name the TLS port, as a rule 8443.`,
      error,
    )
  if (code.startsWith('HPE_'))
    throw wrong(
      'clickhouse_url',
      `${url} does not speak HTTP: write https:// in clickhouse_url if that is a TLS port, or name the HTTP port, as a rule 8123.`,
      error,
    )
  const reason = code === 'ENOTFOUND' ? 'no such host' : code || error.message
  return `The ClickHouse server at ${url} (clickhouse_url) cannot be reached: ${reason}.`
}

function wrong(param: string, hint: string, cause?: unknown): AppError {
  return new AppError('invalid_setting', { param, hint, cause })
}
