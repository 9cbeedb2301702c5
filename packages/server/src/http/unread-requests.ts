import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AppError } from '@counterfoil/core'
import type { ConnectionError } from 'fastify'
import { answerHeaders } from './answer-headers.js'
import { flatError } from './flat-error.js'

/**
 * Answers what node could not read as a request, in the flat envelope: no route was reached, so it is nobody's dialect.
 * The connection ends, as nobody can tell where the next request begins. Gives the refusal; undefined when there was
 * nobody left to tell.
 */
export function answerUnreadRequest(
  error: ConnectionError,
  socket: Socket,
  requestId: string,
): AppError | undefined {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return undefined
  }
  const refusal = toRefusal(error)
  const { status, body } = flatError(refusal, requestId)
  const json = JSON.stringify(body)
  const headers = {
    ...answerHeaders(requestId),
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(json)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`
  socket.end(isHead(error) ? head : head + json)
  return refusal
}

/** Whether the bytes that could not be read begin a `HEAD`, whose answers have no body. */
function isHead({ rawPacket }: ConnectionError): boolean {
  return (
    rawPacket instanceof Uint8Array && Buffer.from(rawPacket.subarray(0, 5)).toString('latin1') === 'HEAD '
  )
}

function toRefusal({ code }: ConnectionError): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new AppError('headers_too_large', { hint: 'Send a URL and headers of at most 16 KiB together.' })
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new AppError('request_timeout', { hint: 'Send the whole request within 30 seconds.' })
  }
  return new AppError('invalid_request', { hint: 'This is no HTTP/1.1 request.' })
}
