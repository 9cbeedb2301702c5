import { describe, expect, it } from 'vitest'
import { ResponseReader } from './response-reader.js'

const RESPONSE = 'HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-Other: content-length\r\n\r\nhello'

describe('response reader', () => {
  it('finds the end of a response however its bytes are cut', () => {
    for (let cut = 1; cut < RESPONSE.length; cut += 1) {
      const reader = new ResponseReader()
      expect(reader.accept(Buffer.from(RESPONSE.slice(0, cut)))).toBeUndefined()
      expect(reader.accept(Buffer.from(RESPONSE.slice(cut)))).toBe(201)
    }
  })

  it('finds the end of a body in chunks however its bytes are cut, and goes on behind it', () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n0\r\n\r\n.\r\nA\r\n0123456789\r\n0\r\n\r\n'
    for (let cut = 1; cut < chunked.length; cut += 1) {
      const reader = new ResponseReader()
      expect(reader.accept(Buffer.from(chunked.slice(0, cut)))).toBeUndefined()
      expect(reader.accept(Buffer.from(chunked.slice(cut)))).toBe(200)
      expect(reader.accept(Buffer.from(RESPONSE))).toBe(201)
    }
  })

  it('reads one response after another', () => {
    const reader = new ResponseReader()
    expect(reader.accept(Buffer.from(RESPONSE))).toBe(201)
    expect(reader.accept(Buffer.from('HTTP/1.1 429 Slow down\r\ncontent-length: 0\r\n\r\n'))).toBe(429)
    expect(reader.opening).toContain('Slow down')
  })

  it.each([
    ['without a content length', 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n'],
    ['with a chunk of no length', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno\r\n'],
    ['with bytes after the last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n!'],
    ['with bytes after its end', `${RESPONSE}!`],
  ])('refuses a response %s', (_which, text) => {
    expect(() => new ResponseReader().accept(Buffer.from(text))).toThrow()
  })
})
