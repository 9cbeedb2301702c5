import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import type { S3Credentials } from '../s3-address.js'
import { signatureProblem } from './check-signature.js'

export const TEST_CREDENTIALS: S3Credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
export const TEST_BUCKET = 'audit'

/** What stands in the way of requests. */
export type S3Fault =
  | { readonly kind: 'none' }
  /** Every request is refused, as a store does that has too much to do. */
  | { readonly kind: 'refuse' }
  /** Requests with this method, and a key that holds `text`, are carried out and their answers lost, so often. */
  | { readonly kind: 'lose_answer'; readonly method: string; readonly text: string; times: number }
  /** From the n-th changing request on, each is refused. */
  | { readonly kind: 'stop_after'; changes: number }

/**
 * s3rver, an object store in files, behind a front on 127.0.0.1. It neither checks signatures nor knows `If-None-Match: *`,
 * which stores do: the front adds both, the second unless told not to, one request for a key after another.
 */
export class TestS3 {
  readonly directory: string
  readonly #store: S3rver
  readonly #front: Server
  readonly #isConditional: boolean
  readonly #turns = new Map<string, Promise<void>>()
  #storePort = 0
  fault: S3Fault = { kind: 'none' }
  /** Requests that came, by method. */
  readonly requests: Record<string, number> = {}
  /** Headers of the last PUT that came. */
  lastPut: Readonly<Record<string, unknown>> = {}

  private constructor(isConditional: boolean) {
    this.#isConditional = isConditional
    this.directory = mkdtempSync(join(tmpdir(), 'counterfoil-s3-'))
    this.#store = new S3rver({
      port: 0,
      address: '127.0.0.1',
      silent: true,
      directory: this.directory,
      vhostBuckets: false,
      configureBuckets: [{ name: TEST_BUCKET, configs: [] }],
    })
    this.#front = createServer((incoming, response) => {
      this.#pass(incoming, response).catch((error: Error) => response.destroy(error))
    })
  }

  static async open({ isConditional = true } = {}): Promise<TestS3> {
    const s3 = new TestS3(isConditional)
    s3.#storePort = (await s3.#store.run()).port
    await new Promise<void>((resolve) => s3.#front.listen(0, '127.0.0.1', resolve))
    return s3
  }

  get port(): number {
    return (this.#front.address() as AddressInfo).port
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** The URL of a place in the bucket; with another endpoint where something stands in between. */
  url(prefix: string, endpoint = this.endpoint): string {
    return `s3://${TEST_BUCKET}/${prefix}?endpoint=${encodeURIComponent(endpoint)}`
  }

  async close(): Promise<void> {
    this.#front.close()
    this.#front.closeAllConnections()
    await this.#store.close()
    rmSync(this.directory, { recursive: true, force: true })
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = incoming.method ?? ''
    this.requests[method] = (this.requests[method] ?? 0) + 1
    const path = incoming.url ?? ''
    const parts: Buffer[] = []
    for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part)
    if (method === 'PUT') this.lastPut = incoming.headers
    const body = Buffer.concat(parts)
    const problem = signatureProblem(incoming, body, TEST_CREDENTIALS)
    if (problem !== undefined) return sendError(response, 403, problem)
    if (this.#refuses(method)) return sendError(response, 503, 'SlowDown')
    const isConditional = this.#isConditional && incoming.headers['if-none-match'] === '*' && method === 'PUT'
    const carryOut = async () => {
      if (isConditional && this.#exists(path)) return sendError(response, 412, 'PreconditionFailed')
      const answer = await this.#forward(incoming, body)
      const { fault } = this
      if (
        fault.kind === 'lose_answer' &&
        fault.times > 0 &&
        method === fault.method &&
        path.includes(fault.text)
      ) {
        fault.times -= 1
        response.destroy()
        return
      }
      response.writeHead(answer.status, answer.headers)
      response.end(answer.body)
    }
    if (method === 'PUT') await this.#inTurn(path, carryOut)
    else await carryOut()
  }

  #refuses(method: string): boolean {
    const { fault } = this
    if (fault.kind === 'refuse') return true
    if (fault.kind !== 'stop_after' || method === 'GET' || method === 'HEAD') return false
    fault.changes -= 1
    return fault.changes < 0
  }

  async #inTurn(path: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(path) ?? Promise.resolve()).then(work)
    this.#turns.set(
      path,
      turn.catch(() => undefined),
    )
    await turn
  }

  #exists(path: string): boolean {
    // The store's own files: a request of ours would need a signature.
    return existsSync(
      join(this.directory, `${decodeURIComponent(path.split('?')[0] as string)}._S3rver_object`),
    )
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<ForwardedAnswer> {
    const { method, url, headers } = incoming
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.#storePort, path: url, method, headers },
        (answer) => {
          const parts: Buffer[] = []
          answer.on('data', (part: Buffer) => parts.push(part))
          answer.on('error', reject)
          answer.on('end', () => {
            const { 'transfer-encoding': _, ...kept } = answer.headers
            resolve({ status: answer.statusCode ?? 500, headers: kept, body: Buffer.concat(parts) })
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

interface ForwardedAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
}

function sendError(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`)
}
