import type { Socket } from 'node:net'

/** How long what a client still sends is read after its answer. */
const READ_ON_MS = 2_000

/**
 * For an answer that is sent while its request is still coming: the connection is closed when the client has closed it, too, or
 * after a while. One that is closed with bytes unread is reset, and a client that is still sending loses the answer with it (RFC 9112, 9.6).
 */
export function closeGently(socket: Socket): void {
  // Node calls it at the end of the last answer of a connection, and goes on reading what is left of the request.
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), READ_ON_MS)
    socket.once('close', () => clearTimeout(timer))
  }
}
