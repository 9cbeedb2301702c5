import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

export interface ExportAnswer {
  readonly contentType: string
  /** What a browser calls the file; none when left out. ASCII without quotes. */
  readonly fileName?: string
  /** What comes before the first chunk and after the last. */
  readonly head?: string
  readonly tail?: string
  readonly chunks: AsyncIterable<Uint8Array>
}

/**
 * Sends an export of any length as fast as its reader takes it. What fails before the first byte rejects, so that it is
 * answered like any other failure; what fails later breaks the connection off, and never ends the answer as if it were
 * whole. A reader that goes away ends the reading of `chunks`.
 */
export async function sendExport(reply: FastifyReply, answer: ExportAnswer): Promise<FastifyReply> {
  const chunks = answer.chunks[Symbol.asyncIterator]()
  const first = await chunks.next()
  const stream = Readable.from(bytesOf(answer, first, chunks), { objectMode: false, highWaterMark: 1 })
  // Not within `bytesOf`: a generator that nobody has asked yet has nothing that runs when it is given up.
  stream.once('close', () => void chunks.return?.())
  reply.header('content-type', answer.contentType)
  if (answer.fileName !== undefined)
    reply.header('content-disposition', `attachment; filename="${answer.fileName}"`)
  return reply.send(stream)
}

async function* bytesOf(
  { head, tail }: ExportAnswer,
  first: IteratorResult<Uint8Array>,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head !== undefined) yield Buffer.from(head)
  for (let next = first; next.done !== true; next = await chunks.next()) yield next.value
  if (tail !== undefined) yield Buffer.from(tail)
}
