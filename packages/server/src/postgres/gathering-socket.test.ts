import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { GatheringSocket } from './gathering-socket.js'

/** Counts what it hands to the operating system. */
class CountingSocket extends GatheringSocket {
  sends = 0

  override _write(...chunk: Parameters<GatheringSocket['_write']>): void {
    this.sends++
    super._write(...chunk)
  }

  override _writev(...chunks: Parameters<NonNullable<GatheringSocket['_writev']>>): void {
    this.sends++
    super._writev?.(...chunks)
  }
}

it('sends at once what is written in one turn, in order, and nothing later than that', async () => {
  let received = ''
  const server = createServer((peer) => peer.on('data', (bytes) => (received += bytes)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = new CountingSocket()
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  for (const word of ['one ', 'two ', 'three ']) socket.write(word)
  await expect.poll(() => received).toBe('one two three ')
  expect(socket.sends).toBe(1)
  socket.write('four ')
  await expect.poll(() => received).toBe('one two three four ')
  expect(socket.sends).toBe(2)
  socket.write('five')
  socket.end()
  await once(socket, 'close')
  expect(received).toBe('one two three four five')
  server.close()
})
