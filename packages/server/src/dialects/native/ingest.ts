import { AppError, type BodyFormat, type LogName, type Problem } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { choiceParameter, type RawQuery, readParameters, single } from '../../http/parameters.js'
import {
  type RouteContext,
  recallCaller,
  requireCaller,
  requireCallerAnew,
  sendJson,
} from '../../http/route.js'
import type { IdConflict, Receipt } from '../../journal/journal.js'
import type { RecordAnswer, RecordRequest } from '../../recording/recording-messages.js'

const IDEMPOTENCY_KEY_LENGTH_MAX = 255
const ROUTE = 'POST /v1/audit_log_entries'
/** A checkpoint comes within a second; past this the answer goes out without one, and its header says so. */
const CHECKPOINT_WAIT_MS = 5_000

export const INGEST_PARAMETERS = {
  wait: choiceParameter(
    '"checkpoint": answer when a signed checkpoint covers the entries, after 5 seconds at most. "cosigned": when one does that enough witnesses have cosigned, after 10 seconds at most; the header Counterfoil-Cosigned says how many entries such a checkpoint covers.',
    ['checkpoint', 'cosigned'],
  ),
} as const

/** Recording: one entry, an array, or NDJSON; all of a request or nothing. */
export function addIngest(server: FastifyInstance, context: RouteContext): void {
  server.post('/v1/audit_log_entries', async (request, reply) => {
    const stopTimer = context.metrics.recordSeconds.startTimer()
    const { log, wait, asList, answer } = await record(context, request)
    stopTimer()
    if (wait !== undefined) await waitForEvidence(context, log, answer, wait, reply)
    return sendAnswer(context, reply, answer, asList)
  })
}

type Answer = Exclude<RecordAnswer, { kind: 'access_changed' }>

/** What a request asks for. */
interface Asked {
  /** What the answer waits for. */
  readonly wait: string | undefined
  /** Whether the answer is a list. */
  readonly asList: boolean
  readonly entries: Omit<RecordRequest, 'log' | 'accessVersion'>
}

interface Recorded extends Pick<Asked, 'wait' | 'asList'> {
  readonly log: LogName
  readonly answer: Answer
}

/**
 * Records for the caller as it is remembered, which the transaction confirms: to ask beforehand cost each request a round trip. Where
 * access control has changed since, for the caller as it is now.
 */
async function record(context: RouteContext, request: FastifyRequest): Promise<Recorded> {
  const recalled = await recallCaller(context, request, 'audit:write')
  if (recalled === undefined) {
    const { log } = await requireCaller(context, request, 'audit:write')
    return recordSurely(context, log, readAsked(context, request))
  }
  const { caller, accessVersion } = recalled
  let asked: Asked
  let answer: RecordAnswer
  try {
    asked = readAsked(context, request)
    answer = await context.recorder.record({ ...asked.entries, log: caller.log, accessVersion })
  } catch (error) {
    // What is wrong with a request is told to a caller that is known as of now.
    await requireCallerAnew(context, request, 'audit:write')
    throw error
  }
  if (answer.kind !== 'access_changed') return { ...asked, log: caller.log, answer }
  const { log } = await requireCallerAnew(context, request, 'audit:write')
  const { body } = answer
  return recordSurely(context, log, { ...asked, entries: { ...asked.entries, body } })
}

/** For a caller that is known as of now. */
async function recordSurely({ recorder }: RouteContext, log: LogName, asked: Asked): Promise<Recorded> {
  const answer = await recorder.record({ ...asked.entries, log })
  if (answer.kind === 'access_changed') throw new Error('what depended on no version was answered by one')
  return { ...asked, log, answer }
}

/** Throws what is wrong with the request apart from its body. */
function readAsked({ evidence }: RouteContext, request: FastifyRequest): Asked {
  const { wait } = readParameters(INGEST_PARAMETERS, request.query as RawQuery)
  const condition = single('wait', wait)
  if (condition === 'cosigned') evidence.cosigned.requireAsked()
  const format = bodyFormat(request)
  const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0)
  const idempotencyKey = readIdempotencyKey(request)
  const entries = { body, format, route: ROUTE, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }
  return { wait: condition, asList: format === 'ndjson' || isArray(body), entries }
}

/** The entries are recorded in any case: which checkpoint there is, the headers of the answer tell. */
async function waitForEvidence(
  { evidence }: RouteContext,
  log: LogName,
  answer: Answer,
  wait: string,
  reply: FastifyReply,
): Promise<void> {
  if (answer.kind !== 'recorded') return
  const receipts = JSON.parse(answer.receipts) as readonly Receipt[]
  const size = 1 + Math.max(...receipts.map(({ seq }) => seq))
  const isSigned = await evidence.waitFor(log, size, CHECKPOINT_WAIT_MS)
  if (wait === 'checkpoint') return
  if (isSigned) await evidence.cosigned.waitFor(log, size)
  reply.header('counterfoil-cosigned', String(evidence.cosigned.of(log)?.size ?? 0))
}

function sendAnswer(
  context: RouteContext,
  reply: FastifyReply,
  answer: Answer,
  asList: boolean,
): FastifyReply {
  switch (answer.kind) {
    case 'recorded': {
      context.metrics.recordedEntries.inc(answer.count - answer.replayed)
      if (answer.replayed > 0)
        reply.header('idempotent-replayed', answer.replayed === answer.count ? 'true' : 'partial')
      // The receipts are JSON already; a single entry's answer is the array's only member.
      return sendJson(
        reply,
        201,
        asList ? `{"object":"list","data":${answer.receipts}}` : answer.receipts.slice(1, -1),
      )
    }
    case 'refused':
      throw refusal(answer.problems)
    case 'id_conflict':
      throw idConflict(answer.conflicts, asList)
    case 'idempotency_key_mismatch':
      throw new AppError('idempotency_key_mismatch', {
        param: 'Idempotency-Key',
        hint: 'Send a new key with a new body, or the very same bytes again.',
      })
    case 'damaged':
      throw new AppError(answer.code, { hint: answer.hint })
    case 'clock_behind':
      throw new AppError('clock_behind', {
        hint: 'The operator has to set the clock right; then send the request again.',
      })
  }
}

function idConflict(conflicts: readonly IdConflict[], asList: boolean): AppError {
  const problems = conflicts.map(({ id, index }) => ({
    pointer: asList ? `/${index}/id` : '/id',
    code: 'id_conflict',
    message: `The id ${id} is recorded already, with other content.`,
  }))
  return new AppError('id_conflict', {
    param: problems[0]?.pointer ?? '/id',
    hint: `An entry never changes. Record what differs as a new entry, without id or with a new one instead of ${conflicts[0]?.id}.${conflicts.length === 1 ? '' : ` There are ${conflicts.length} conflicts.`}`,
    details: { problems },
  })
}

function refusal(problems: readonly Problem[]): AppError {
  const first = problems[0] as Problem
  return new AppError('invalid_entry', {
    param: first.pointer,
    hint:
      problems.length === 1
        ? first.message
        : `${first.message} There are ${problems.length} problems; "problems" lists them.`,
    details: { problems },
  })
}

/** The format that the content type names. Throws `unsupported_media_type` for any other, and for coded bodies. */
function bodyFormat(request: FastifyRequest): BodyFormat {
  const coding = request.headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_media_type', {
      param: 'Content-Encoding',
      hint: 'Send the body as it is, not compressed.',
    })
  }
  const type =
    /^(application\/json|application\/x-ndjson|application\/ndjson)(?: *; *charset="?utf-8"?)?$/i.exec(
      request.headers['content-type'] ?? '',
    )?.[1]
  if (type === undefined) {
    throw new AppError('unsupported_media_type', {
      param: 'Content-Type',
      hint: 'Send application/json (one entry or an array) or application/x-ndjson (an entry a line), in UTF-8.',
    })
  }
  return type.toLowerCase() === 'application/json' ? 'json' : 'ndjson'
}

/** The key, bare or as the quoted string of the IETF draft. */
function readIdempotencyKey(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  const text = String(header)
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text
  if (key.length >= 1 && key.length <= IDEMPOTENCY_KEY_LENGTH_MAX) return key
  throw new AppError('invalid_request', {
    param: 'Idempotency-Key',
    hint: `An Idempotency-Key has 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} characters.`,
  })
}

/** Whether the JSON text begins an array. Only decides the shape of the answer to a body that was accepted. */
function isArray(body: Uint8Array): boolean {
  for (const byte of body) {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) continue
    return byte === 0x5b
  }
  return false
}
