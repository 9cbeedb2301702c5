import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { VerifierKey } from '@counterfoil/core'
import type { Witness, WitnessAnswer } from './witness.js'
import type { WitnessState } from './witness-state.js'

/** No checkpoint with its proof is larger: 63 hashes are 3 KB. */
const BODY_BYTES_MAX = 16 * 1024
const REQUEST_MS_MAX = 10_000
const TEXT = 'text/plain; charset=utf-8'

export interface WitnessServerParts {
  readonly witness: Witness
  readonly state: WitnessState
  readonly vkey: string
  readonly logKeys: () => readonly VerifierKey[]
  readonly onAnswer: (method: string, path: string, status: number, detail: string) => void
  readonly onError: (error: unknown) => void
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly type?: string
}

/**
 * Serves a witness (c2sp.org/tlog-witness): `POST /add-checkpoint`, `GET /<hex SHA-256 of the origin>/checkpoint`; and its
 * key at `GET /witness.vkey`.
 */
export function witnessServer(parts: WitnessServerParts): Server {
  const server = createServer((request, response) => {
    void answer(request, parts)
      .catch((error: unknown): Answer => {
        parts.onError(error)
        return { status: 500, body: 'The witness failed; nothing was cosigned.\n' }
      })
      .then((made) => {
        parts.onAnswer(request.method ?? '', request.url ?? '', made.status, made.body)
        send(response, made)
      })
  })
  server.requestTimeout = REQUEST_MS_MAX
  server.headersTimeout = REQUEST_MS_MAX
  return server
}

async function answer(request: IncomingMessage, parts: WitnessServerParts): Promise<Answer> {
  const path = (request.url ?? '').split('?', 1)[0] as string
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return { status: 405, body: 'Use POST.\n' }
    const body = await readBody(request)
    if (body === undefined) return { status: 413, body: `A request has at most ${BODY_BYTES_MAX} bytes.\n` }
    return toAnswer(await parts.witness.addCheckpoint(body))
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'Use GET.\n' }
  if (path === '/witness.vkey') return { status: 200, body: `${parts.vkey}\n` }
  const note = cosignedAt(path, parts)
  return note === undefined
    ? { status: 404, body: 'There is no such thing here.\n' }
    : { status: 200, body: note }
}

/** Logs are asked for by the hash of their origin, which fits into a path. */
function cosignedAt(path: string, { logKeys, state }: WitnessServerParts): string | undefined {
  const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path)?.[1]
  if (hash === undefined) return undefined
  const origin = logKeys().find(({ name }) => createHash('sha256').update(name).digest('hex') === hash)?.name
  return origin === undefined ? undefined : state.latest(origin)?.note
}

function toAnswer(answer: WitnessAnswer): Answer {
  switch (answer.kind) {
    case 'cosigned':
      return { status: 200, body: answer.lines }
    case 'malformed':
      return { status: 400, body: `${answer.reason}\n` }
    case 'unknown_log':
      return { status: 404, body: 'This witness does not watch that log.\n' }
    case 'not_signed':
      return { status: 403, body: `${answer.reason}\n` }
    case 'conflict':
      return { status: 409, body: `${answer.size}\n`, type: 'text/x.tlog.size' }
    case 'inconsistent':
      return { status: 422, body: `${answer.reason}\n` }
  }
}

/** Undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > BODY_BYTES_MAX) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function send(response: ServerResponse, { status, body, type = TEXT }: Answer): void {
  // A body that was not read to its end cannot be followed by another request.
  if (status === 413) response.setHeader('connection', 'close')
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}
