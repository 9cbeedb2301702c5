import { randomFillSync } from 'node:crypto'
import { SECTION_PATHS } from '@counterfoil/core'
import { expect, test } from 'vitest'
import {
  ContentsWriter,
  decodeSegment,
  type SectionBytes,
  SegmentReader,
  sectionBit,
  segmentsOf,
} from './contents.js'

type Written = readonly SectionBytes[]

function write(writer: ContentsWriter, entries: readonly Written[]): Uint8Array {
  writer.reset()
  for (const sections of entries) {
    writer.beginEntry(sections.reduce((mask, { path }) => mask | sectionBit(path), 0))
    for (const section of sections) {
      if ('json' in section) writer.addSection(section.json)
      else writer.addErased(section.commitment)
    }
  }
  return writer.finish()
}

function read(contents: Uint8Array): Written[] {
  return segmentsOf(contents).flatMap((place) => {
    const reader = new SegmentReader(decodeSegment(contents, place))
    const entries = Array.from({ length: place.entries }, () => reader.next())
    if (!reader.ended) throw new RangeError('longer than its entries')
    return entries
  })
}

function plain(entries: readonly Written[]): string[][] {
  return entries.map((sections) =>
    sections.map((section) => {
      const bytes = 'json' in section ? section.json : section.commitment
      return `${section.path} ${'json' in section} ${Buffer.from(bytes).toString('latin1')}`
    }),
  )
}

/** An entry with some of the sections; `bytes` of its last one cannot be compressed. */
function makeEntry(number: number, bytes: number): Written {
  const paths = SECTION_PATHS.filter((_, bit) => ((number + 1) >> (bit % 4)) % 2 === 1)
  return paths.map((path, place) => ({
    path,
    json:
      place === paths.length - 1
        ? randomFillSync(new Uint8Array(bytes))
        : Buffer.from(`{"action":"order.created","n":${number}}`),
  }))
}

const SIZES: readonly [entries: number, bytes: number][] = [
  [1, 0],
  [1, 300_000],
  [15, 40],
  [16, 40],
  [17, 40],
  [64, 700],
  [64, 20_000],
]

test.each(SIZES)('%i entries with %i random bytes each come back as they were', (count, bytes) => {
  const writer = new ContentsWriter()
  const entries = Array.from({ length: count }, (_, i) => makeEntry(i, bytes))
  expect(plain(read(write(writer, entries)))).toEqual(plain(entries))
  // A writer is used again and again.
  const others = [makeEntry(3, 5)]
  expect(plain(read(write(writer, others)))).toEqual(plain(others))
})

test('a segment holds at most 32 entries, or what fits into 32 KiB', () => {
  const entriesOf = (count: number, bytes: number) =>
    segmentsOf(
      write(
        new ContentsWriter(),
        Array.from({ length: count }, (_, i) => makeEntry(i, bytes)),
      ),
    ).map(({ entries }) => entries)
  expect(entriesOf(64, 100)).toEqual([32, 32])
  expect(entriesOf(5, 20_000)).toEqual([2, 2, 1])
})

test('a segment of other contents is taken over as it rests, between entries of its own', () => {
  const others = Array.from({ length: 70 }, (_, i) => makeEntry(i + 7, 30))
  const taken = write(new ContentsWriter(), others)
  const [, second] = segmentsOf(taken)
  if (second === undefined) throw new Error('one segment only')
  const own = makeEntry(3, 50)
  const writer = new ContentsWriter()
  const addOwn = () => {
    writer.beginEntry(own.reduce((mask, { path }) => mask | sectionBit(path), 0))
    for (const section of own) if ('json' in section) writer.addSection(section.json)
  }
  addOwn()
  writer.addSegment(taken, second)
  addOwn()
  const contents = writer.finish()
  expect(plain(read(contents))).toEqual(plain([own, ...others.slice(32, 64), own]))
  expect(Buffer.from(contents).includes(Buffer.from(taken.subarray(second.start, second.end)))).toBe(true)
})

test('contents that end early are refused at every length', () => {
  const contents = write(
    new ContentsWriter(),
    Array.from({ length: 20 }, (_, i) => makeEntry(i, 30)),
  )
  for (let length = 0; length < contents.length; length++) {
    expect(() => read(contents.subarray(0, length)), `${length} bytes`).toThrow()
  }
  expect(() => read(Buffer.concat([contents, new Uint8Array(1)]))).toThrow(RangeError)
})

test('a changed byte is refused, or tells another content: what is hashed shows it', () => {
  const entries = Array.from({ length: 20 }, (_, i) => makeEntry(i, 30))
  const contents = write(new ContentsWriter(), entries)
  let refused = 0
  for (let at = 0; at < contents.length; at++) {
    const changed = contents.slice()
    changed[at] = (changed[at] as number) ^ 0x10
    try {
      if (JSON.stringify(plain(read(changed))) === JSON.stringify(plain(entries))) {
        // Deflate leaves bits unused where a segment ends.
        const ends = segmentsOf(contents).map(({ end }) => end - 1)
        expect(ends).toContain(at)
      }
    } catch {
      refused++
    }
  }
  expect(refused).toBeGreaterThan(contents.length / 10)
})
