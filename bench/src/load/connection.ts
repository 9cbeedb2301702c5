import { connect, type Socket } from 'node:net'
import { ResponseReader } from './response-reader.js'

export interface ConnectionEvents {
  /** The next request's bytes, or nothing when the connection shall end. */
  nextRequest(): Buffer | undefined
  onResponse(status: number, latencyMs: number, opening: string): void
  /** How long the connection rests after an answer with this status. */
  pauseMsAfter(status: number): number
  /** The connection broke, with or without a request in flight. */
  onBreak(problem: Error): void
}

/** One closed-loop connection: the next request leaves when the last response is complete. */
export async function runConnection(port: number, events: ConnectionEvents): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  try {
    await exchange(socket, events)
  } catch (problem) {
    events.onBreak(problem instanceof Error ? problem : new Error(String(problem)))
  } finally {
    socket.destroy()
  }
}

function exchange(socket: Socket, events: ConnectionEvents): Promise<void> {
  const reader = new ResponseReader()
  let startedMs = 0
  return new Promise((resolve, reject) => {
    const send = () => {
      const request = events.nextRequest()
      if (request === undefined) return resolve()
      startedMs = performance.now()
      socket.write(request)
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('The server closed the connection.')))
    socket.on('data', (chunk) => {
      try {
        const status = reader.accept(chunk)
        if (status === undefined) return
        events.onResponse(status, performance.now() - startedMs, reader.opening)
        const pauseMs = events.pauseMsAfter(status)
        if (pauseMs === 0) send()
        else setTimeout(send, pauseMs)
      } catch (problem) {
        reject(problem)
      }
    })
  })
}
