import { describe, expect, it } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64.js'
import {
  checkpointBytes,
  claimedOrigin,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from './checkpoint.js'
import { cosign } from './cosignature.js'
import { EvidenceError } from './evidence-error.js'
import { formatSigningKey, formatVerifierKey, KEY_TYPE, parseSigningKey, parseVerifierKey } from './keys.js'
import { formatNote, formatSignatureLine, parseNote, verifyNote } from './signed-note.js'
import { aSigner, sha256, verifyEd25519 } from './testing/node-crypto.js'
import { encodeUtf8 } from './text.js'

const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const LINE =
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
const NOTE = `This is an example message.\n\n${LINE}`
const open = (note: string, keys = [parseVerifierKey(sha256, VKEY)]) =>
  verifyNote(verifyEd25519, parseNote(encodeUtf8(note)), keys)

describe('a signed note', () => {
  it('verifies the example of the specification', async () => {
    const note = await open(NOTE)
    expect(note.text).toBe('This is an example message.\n')
    expect(note.signatures).toMatchObject([{ key: { name: 'example.com/foo', id: '530d903a' } }])
    expect(formatVerifierKey(parseVerifierKey(sha256, VKEY))).toBe(VKEY)
  })

  it('is refused as a whole when a known key has not signed what it says', async () => {
    const line = formatSignatureLine({ name: 'example.com/foo', id: '530d903a' }, new Uint8Array(64))
    await expect(open(NOTE + line.repeat(1))).resolves.toBeDefined()
    await expect(open(`This is an example message.\n\n${line}${LINE}`)).rejects.toMatchObject({
      code: 'bad_signature',
    })
    await expect(open(NOTE.replace('example message', 'exAmple message'))).rejects.toMatchObject({
      code: 'bad_signature',
    })
    const short = formatSignatureLine({ name: 'example.com/foo', id: '530d903a' }, new Uint8Array(63))
    await expect(open(`text\n\n${short}`)).rejects.toMatchObject({ code: 'bad_signature' })
  })

  it('ignores lines of unknown names, unknown ids and unknown types, in any order', async () => {
    const junk = [
      formatSignatureLine({ name: 'grease.example', id: '530d903a' }, new Uint8Array(64)),
      formatSignatureLine({ name: 'example.com/foo', id: '00000001' }, new Uint8Array(3)),
      formatSignatureLine({ name: 'ηρα', id: 'ffffffff' }, new Uint8Array(2_500)),
    ]
    const note = await open(formatNote('This is an example message.\n', [junk[0]!, LINE, junk[1]!, junk[2]!]))
    expect(note.signatures).toHaveLength(1)
    await expect(open(formatNote('This is an example message.\n', junk))).rejects.toMatchObject({
      code: 'not_signed',
    })
  })

  it('splits at the last empty line, and its text may hold others', async () => {
    const signer = aSigner('log.example', 1)
    const text = 'one\n\ntwo\n\n— not a signature\n'
    const note = formatNote(text, [formatSignatureLine(signer.key, signer.sign(encodeUtf8(text)))])
    expect((await open(note, [signer.key])).text).toBe(text)
  })

  it.each([
    ['', 'nothing'],
    ['text\n', 'no signatures'],
    ['text\n\n', 'an empty list of signatures'],
    [NOTE.slice(0, -1), 'no newline at its end'],
    [`${NOTE}\n`, 'an empty line at its end'],
    [NOTE.replace('—', '-'), 'a hyphen'],
    [NOTE.replace('— ', '—'), 'no space'],
    [NOTE.replace('example.com/foo ', ''), 'no name'],
    [NOTE.replace('/foo ', '/f+o '), 'a plus in the name'],
    [NOTE.replace('/foo ', '/f\u00a0o '), 'a no-break space in the name'],
    [NOTE.replace('/foo ', '/foo  '), 'two spaces'],
    [NOTE.replace('QM=', 'QM'), 'no padding'],
    [NOTE.replace('QM=', 'QN='), 'stray bits in its base64'],
    [NOTE.replace('example', 'exam\tple'), 'a tab'],
    [NOTE.replace('example', 'exam\rple'), 'a carriage return'],
    [NOTE.replace('example', 'exam\u0000ple'), 'a NUL'],
    [`text\n\n${LINE.repeat(101)}`, 'more than 100 signatures'],
    ['text\n\n— example.com/foo Uw2QOg==\n', 'an empty signature'],
  ])('is malformed: %j (%s)', (note) => {
    expect(() => parseNote(encodeUtf8(note))).toThrow(expect.objectContaining({ code: 'malformed' }))
  })

  it('is malformed unless it is UTF-8', () => {
    const bytes = encodeUtf8(NOTE)
    expect(() => parseNote(bytes.with(5, 0xff))).toThrow(EvidenceError)
  })
})

describe('keys', () => {
  it('are read back, also when their base64 holds a plus', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { key, seed: bytes } = aSigner('audit.example.com/log/x/live/0', seed)
      expect(parseVerifierKey(sha256, formatVerifierKey(key))).toEqual(key)
      const signing = { name: key.name, id: key.id, seed: bytes }
      expect(parseSigningKey(formatSigningKey(signing))).toEqual({ ...signing, type: KEY_TYPE.ed25519 })
    }
  })

  it.each([
    VKEY.replace('530d903a', '530d903b'),
    VKEY.replace('530d903a', '530D903A'),
    VKEY.replace('530d903a', '30d903a'),
    VKEY.replace('foo', 'bar'),
    VKEY.replace('foo+', 'f o+'),
    VKEY.replace('example.com/foo', ''),
    VKEY.replace('AekyeR', 'AekyeS'),
    VKEY.slice(0, -4),
    `${VKEY}=`,
    'no plus at all',
    'a+b',
  ])('are refused: %s', (text) => {
    expect(() => parseVerifierKey(sha256, text)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

const ORIGIN = 'audit.example.com/log/x/live/0'
const ROOT = new Uint8Array(32).fill(9)
const log = aSigner(ORIGIN, 1)
const text = formatCheckpoint({ origin: ORIGIN, size: 123, root: ROOT })
const signed = (checkpoint: string, signer = log) =>
  formatNote(checkpoint, [formatSignatureLine(signer.key, signer.sign(encodeUtf8(checkpoint)))])

describe('a checkpoint', () => {
  it('is opened by a key of its log', async () => {
    const opened = await openCheckpoint(verifyEd25519, encodeUtf8(signed(text)), ORIGIN, [log.key])
    expect(opened).toMatchObject({ origin: ORIGIN, size: 123, root: ROOT, text })
    expect(claimedOrigin(encodeUtf8(signed(text)))).toBe(ORIGIN)
    expect(checkpointBytes(opened)).toEqual(encodeUtf8(text))
  })

  it('counts for its own log alone, even when the key signed it', async () => {
    const foreign = formatCheckpoint({ origin: `${ORIGIN}1`, size: 123, root: ROOT })
    await expect(
      openCheckpoint(verifyEd25519, encodeUtf8(signed(foreign)), ORIGIN, [log.key]),
    ).rejects.toMatchObject({
      code: 'wrong_origin',
    })
  })

  it('needs a signature by the log: a stranger, a witness or nobody will not do', async () => {
    const stranger = aSigner(ORIGIN, 2)
    const witness = aSigner('w.example', 3, KEY_TYPE.cosignature)
    const cosigned = formatNote(text, [await cosign(witness.key, witness.sign, text, 1_700_000_000)])
    for (const note of [signed(text, stranger), cosigned])
      await expect(
        openCheckpoint(verifyEd25519, encodeUtf8(note), ORIGIN, [log.key], [witness.key]),
      ).rejects.toMatchObject({ code: 'not_signed' })
    await expect(
      openCheckpoint(verifyEd25519, encodeUtf8(cosigned), ORIGIN, [witness.key]),
    ).rejects.toMatchObject({ code: 'not_signed' })
  })

  it('tells who cosigned it and when, and is refused when a cosignature is forged', async () => {
    const witness = aSigner('w.example', 3, KEY_TYPE.cosignature)
    const line = await cosign(witness.key, witness.sign, text, 1_700_000_000)
    const opened = await openCheckpoint(
      verifyEd25519,
      encodeUtf8(signed(text) + line),
      ORIGIN,
      [log.key],
      [witness.key],
    )
    expect(opened.signatures[1]).toEqual({ key: witness.key, timeS: 1_700_000_000 })
    const bytes = decodeBase64(line.trimEnd().split(' ')[2]!)!
    for (const at of [11, 20]) {
      const forged = line.replace(/[^ ]+\n$/, `${encodeBase64(bytes.with(at, bytes[at]! ^ 1))}\n`)
      await expect(
        openCheckpoint(verifyEd25519, encodeUtf8(signed(text) + forged), ORIGIN, [log.key], [witness.key]),
      ).rejects.toMatchObject({ code: 'bad_signature' })
    }
    // A cosignature by a key that nobody asked about is a line like any other unknown one.
    await expect(
      openCheckpoint(verifyEd25519, encodeUtf8(signed(text) + line), ORIGIN, [log.key]),
    ).resolves.toBeDefined()
  })

  const root = encodeBase64(ROOT)
  it.each([
    [`o\n1\n${root}\n`, true],
    [`o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`, true],
    [`o\n1\n${root}\nextension\n`, true],
    [`o\n9007199254740991\n${root}\n`, true],
    [`o\n9007199254740992\n${root}\n`, false],
    [`o\n0\n${root}\n`, false],
    [`o\n01\n${root}\n`, false],
    [`o\n+1\n${root}\n`, false],
    [`o\n-1\n${root}\n`, false],
    [`o\n1 \n${root}\n`, false],
    [`o\n1e3\n${root}\n`, false],
    [`\n1\n${root}\n`, false],
    [`o\n1\n${root}`, false],
    [`o\n1\n${root}\n\n`, false],
    [`o\n1\n${root}\n\nx\n`, false],
    [`o\n1\n${encodeBase64(ROOT.subarray(1))}\n`, false],
    [`o\n1\n`, false],
    ['', false],
  ])('reads %j: %s', (candidate, accepted) => {
    if (accepted) expect(parseCheckpoint(candidate).origin).toBe('o')
    else expect(() => parseCheckpoint(candidate)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('base64', () => {
  it('agrees with the platform on what is canonical and refuses the rest', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 73 + length * 29) % 256)
      const encoded = Buffer.from(bytes).toString('base64')
      expect(encodeBase64(bytes)).toBe(encoded)
      expect(decodeBase64(encoded)).toEqual(bytes)
    }
    for (const bad of [
      'A',
      'AA',
      'AAA',
      'AB==',
      'AAB=',
      '====',
      'A===',
      'AA-_',
      ' AAA',
      'AAA\n',
      'AA=A',
      'AAAA====',
      'ÀAAA',
    ])
      expect(decodeBase64(bad)).toBeUndefined()
  })
})
