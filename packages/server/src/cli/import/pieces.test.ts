import { describe, expect, it } from 'vitest'
import { beginsWithArray, elementsOf, linesOf, type Piece } from './pieces.js'

const LENGTH_MAX = 40

describe.each([1, 2, 3, 7, 1_000])('in chunks of %i bytes', (chunkLength) => {
  it('linesOf gives the lines that hold something, by their number in the file', async () => {
    const text = '\ufeff{"a":1}\r\n\n  {"b":"ä"} \n\t\n{"c":3}'
    expect(await collect(linesOf(chunksOf(text, chunkLength), LENGTH_MAX))).toEqual([
      [1, '{"a":1}'],
      [3, '{"b":"ä"}'],
      [5, '{"c":3}'],
    ])
  })

  it('linesOf says how long a line was that nobody may send, and goes on behind it', async () => {
    const text = `{"a":1}\n${'x'.repeat(LENGTH_MAX + 1)}\n${'y'.repeat(LENGTH_MAX)}`
    expect(await collect(linesOf(chunksOf(text, chunkLength), LENGTH_MAX))).toEqual([
      [1, '{"a":1}'],
      [2, LENGTH_MAX + 1],
      [3, 'y'.repeat(LENGTH_MAX)],
    ])
  })

  it.each([['{"Records":[%]}'], [' { "Records" : [ % ] }\n'], ['[%]']])(
    'elementsOf gives the very bytes of the elements of %s',
    async (frame) => {
      const elements = ['{"a":[1,{"b":"]}"}]}', '{"q":"\\",\\\\"}', '{ "c" : 1.0 }']
      const text = frame.replace('%', elements.join(' ,\n'))
      const { isArray, chunks } = await beginsWithArray(chunksOf(text, chunkLength))
      expect(isArray).toBe(true)
      expect(await collect(elementsOf(chunks, LENGTH_MAX))).toEqual(
        elements.map((element, i) => [i + 1, element]),
      )
    },
  )

  it('elementsOf shows the piece at which a text was cut short', async () => {
    const text = '{"Records":[{"a":1},{"b":'
    expect(await collect(elementsOf(chunksOf(text, chunkLength), LENGTH_MAX))).toEqual([
      [1, '{"a":1}'],
      [2, '{"b":'],
    ])
  })

  it('beginsWithArray takes lines for lines', async () => {
    const text = '{"eventName":"a","Records":[]}\n'
    const { isArray, chunks } = await beginsWithArray(chunksOf(text, chunkLength))
    expect(isArray).toBe(false)
    expect(await collect(linesOf(chunks, LENGTH_MAX))).toEqual([[1, text.trim()]])
  })
})

async function* chunksOf(text: string, length: number): AsyncIterable<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

/** Number and text of each piece; for a piece that was too long, its length. */
async function collect(pieces: AsyncIterable<Piece>): Promise<(readonly [number, string | number])[]> {
  const found: (readonly [number, string | number])[] = []
  for await (const { number, bytes, length } of pieces) found.push([number, bytes?.toString() ?? length])
  return found
}
