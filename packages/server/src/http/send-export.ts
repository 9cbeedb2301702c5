import { Readable, type Writable } from 'node:stream'
import type { FastifyReply } from 'fastify'

export interface ExportAnswer {
  readonly contentType: string
  /** What a browser calls the file; none when left out. ASCII without quotes. */
  readonly fileName?: string
  /** What comes before the first chunk and after the last. */
  readonly head?: string
  readonly tail?: string
  /** Each may be written over when the next is asked for. */
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
  reply.header('content-type', answer.contentType)
  if (answer.fileName !== undefined)
    reply.header('content-disposition', `attachment; filename="${answer.fileName}"`)
  return reply.send(new ExportStream(answer, first, chunks))
}

/** An export as the stream that Fastify sends. It asks for a chunk when the one before has left the process. */
class ExportStream extends Readable {
  readonly #answer: ExportAnswer
  readonly #first: IteratorResult<Uint8Array>
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(answer: ExportAnswer, first: IteratorResult<Uint8Array>, chunks: AsyncIterator<Uint8Array>) {
    super({ read: () => undefined })
    this.#answer = answer
    this.#first = first
    this.#chunks = chunks
    // Whether it was ever sent or not: what reads the chunks has to end.
    this.once('close', () => void chunks.return?.())
  }

  /** Streams would read ahead while a chunk is being written, and it would be written over on its way. */
  override pipe<To extends NodeJS.WritableStream>(to: To): To {
    this.#sendTo(to as NodeJS.WritableStream as Writable).catch((error) => this.destroy(error))
    return to
  }

  async #sendTo(to: Writable): Promise<void> {
    const { head, tail } = this.#answer
    if (head !== undefined) await written(to, Buffer.from(head))
    for (let next = this.#first; next.done !== true; next = await this.#chunks.next())
      await written(to, next.value)
    to.end(tail)
    this.push(null)
    this.resume()
  }
}

/** Resolves when the bytes are with the operating system. */
function written(to: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}
