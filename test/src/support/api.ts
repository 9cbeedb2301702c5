import { Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface ApiAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

const TIMEOUT_MS = 60_000

/** One key on one server. Rejects when no answer comes, whatever the reason; an error status is an answer. */
export class Api {
  readonly url: string
  readonly #token: string
  readonly #agent = new Agent({ keepAlive: true })

  constructor(url: string, token: string) {
    this.url = url
    this.#token = token
  }

  get(path: string): Promise<ApiAnswer> {
    return this.#send('GET', path)
  }

  post(path: string, body: string, contentType = 'application/json'): Promise<ApiAnswer> {
    return this.#send('POST', path, body, contentType)
  }

  /** The answer's JSON. Throws for any status but 200. */
  async read<T>(path: string): Promise<T> {
    const { status, text } = await this.get(path)
    if (status !== 200) throw new UnexpectedAnswer(path, status, text)
    return JSON.parse(text) as T
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(method: string, path: string, body?: string, contentType?: string): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined
          ? {}
          : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) }),
      }
      const options = { method, headers, agent: this.#agent, timeout: TIMEOUT_MS }
      const sent = request(new URL(path, this.url), options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        )
        response.on('close', () => {
          if (!response.complete) reject(new Error('the answer ended early'))
        })
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

/** An answer that ends the check that wanted another. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'
  readonly status: number
  constructor(path: string, status: number, text: string) {
    super(`${path} answered ${status}: ${text.slice(0, 500)}`)
    this.status = status
  }
}

/** The machine code of an error answer; undefined when it has none. */
export function codeOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { code?: string }).code
  } catch {
    return undefined
  }
}
