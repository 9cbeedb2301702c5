import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAddCheckpoint, formatVerifierKey, parseNote, parsePolicy, toHex } from '@counterfoil/core'
import { startWitness } from '@counterfoil/server/dist/witness/testing/running-witness.js'
import { BundleWriter, leafHash, nodePlatform, type Trust, verifyBundle } from '@counterfoil/verify'
import {
  chain,
  commitmentOf,
  FileMap,
  redact,
  TEST_ORIGIN,
  type TestEntry,
  TestLog,
} from '@counterfoil/verify/testing'
import { afterAll, describe, expect, it } from 'vitest'

// What somebody with the whole database can do, line by line, and what each defence finds. "missed" is as much a promise
// as "caught": docs/verify.md says which defence misses what.

type Verdict = 'caught' | 'missed'
/** A defence that does not apply to an attack is undefined. */
interface Expected {
  /** Recomputing the hash chain, trusting where it begins. */
  readonly chain: Verdict
  /** The checkpoint, by the log's key. */
  readonly signed: Verdict
  /** The same, with a checkpoint of 100 entries that whoever verifies has kept. */
  readonly kept: Verdict
  /** The same, with the cosignature of a witness who saw 80 and then 100 entries, not older than an hour. */
  readonly witness: Verdict
}

/** What is shown to whoever verifies. */
interface Shown {
  readonly entries: readonly TestEntry[]
  readonly note: Uint8Array
}

interface Attack {
  readonly name: string
  readonly shown: () => Shown
  readonly expected: Expected
}

const NOW_S = 1_790_000_000
const HOUR_S = 3_600
const genuine = new TestLog(100)
const earlier = new TestLog(0, { entries: genuine.entries.slice(0, 80) })
const elsewhere = new TestLog(30, { origin: TEST_ORIGIN.replace('000001', '000002') })

/** The attacker has the log's key. */
const resigned = (entries: readonly TestEntry[]): Shown => ({
  entries,
  note: new TestLog(0, { entries }).checkpoint(),
})
/** The attacker has only what the log has signed. */
const under = (log: TestLog, entries: readonly TestEntry[]): Shown => ({ entries, note: log.checkpoint() })

/** The entry says something else; nothing is computed anew. */
function edited(entry: TestEntry): TestEntry {
  const sections = entry.sections.map((section) =>
    section.path === '/event' && 'json' in section
      ? { ...section, json: section.json.replace('"order', '"Order').replace('"member', '"Member') }
      : section,
  )
  return { ...entry, sections }
}
const editedAt = (seq: number, entries = genuine.entries) =>
  entries.map((entry, i) => (i === seq ? edited(entry) : entry))
const rechained = (entries: readonly TestEntry[]) => chain(TEST_ORIGIN, entries)
/** The attacker lets the clock say something else. */
const at = (entry: TestEntry, t: string): TestEntry => ({ ...entry, leaf: { ...entry.leaf, t } })
const timeOf = (seq: number) => genuine.entries[seq]!.leaf.t

const ATTACKS: readonly Attack[] = [
  {
    name: '1a an entry in the middle is changed',
    shown: () => under(genuine, editedAt(50)),
    expected: { chain: 'caught', signed: 'caught', kept: 'caught', witness: 'caught' },
  },
  {
    name: '1b an entry in the middle is removed',
    shown: () => under(genuine, genuine.entries.toSpliced(50, 1)),
    expected: { chain: 'caught', signed: 'caught', kept: 'caught', witness: 'caught' },
  },
  {
    name: '2 an entry is changed and all later hashes are computed anew',
    shown: () => under(genuine, rechained(editedAt(50))),
    expected: { chain: 'missed', signed: 'caught', kept: 'caught', witness: 'caught' },
  },
  {
    name: '3a the tail is cut',
    shown: () => under(genuine, genuine.entries.slice(0, 80)),
    expected: { chain: 'missed', signed: 'caught', kept: 'caught', witness: 'caught' },
  },
  {
    name: '3b the tail is cut together with its checkpoints',
    shown: () => under(earlier, earlier.entries),
    expected: { chain: 'missed', signed: 'missed', kept: 'caught', witness: 'caught' },
  },
  {
    name: "4 everything is rewritten and signed with the log's key",
    shown: () => resigned(rechained(editedAt(50))),
    expected: { chain: 'missed', signed: 'missed', kept: 'caught', witness: 'caught' },
  },
  {
    name: '5 an old backup is restored and the log goes on from there',
    shown: () =>
      resigned(
        rechained([
          ...earlier.entries,
          ...new TestLog(130).entries
            .slice(100, 130)
            .map((entry, i) => at(entry, timeOf(80 + Math.min(i, 19)))),
        ]),
      ),
    expected: { chain: 'missed', signed: 'missed', kept: 'caught', witness: 'caught' },
  },
  {
    name: '6 two readers are shown two logs of the same size',
    shown: () => resigned(rechained(editedAt(99))),
    expected: { chain: 'missed', signed: 'missed', kept: 'caught', witness: 'caught' },
  },
  {
    name: '8 the head is cut off',
    shown: () => under(genuine, genuine.entries.slice(20)),
    expected: { chain: 'missed', signed: 'caught', kept: 'caught', witness: 'caught' },
  },
  {
    name: '9 a change is passed off as an erasure',
    shown: () =>
      under(
        genuine,
        genuine.entries.map((entry, seq) =>
          seq !== 50
            ? entry
            : {
                ...entry,
                sections: entry.sections.map((section) =>
                  section.path === '/actor'
                    ? { path: section.path, commitment: new Uint8Array(32).fill(7) }
                    : section,
                ),
              },
        ),
      ),
    expected: { chain: 'caught', signed: 'caught', kept: 'caught', witness: 'caught' },
  },
  {
    name: "10 an entry of another organization's log is moved into this one, signed with this log's key",
    shown: () => {
      const moved = { ...elsewhere.entries[3]!, leaf: { ...elsewhere.entries[3]!.leaf, t: timeOf(99) } }
      const all = rechained([...genuine.entries, moved])
      const last = all.at(-1)!
      const bytes = Buffer.from(Buffer.from(last.bytes).toString().replace(TEST_ORIGIN, elsewhere.origin))
      return resigned([
        ...all.slice(0, -1),
        { ...last, bytes, leaf: { ...last.leaf, log: elsewhere.origin } },
      ])
    },
    expected: { chain: 'missed', signed: 'caught', kept: 'caught', witness: 'caught' },
  },
  {
    name: '11a an entry is dated before the one it follows',
    shown: () => resigned(rechained([...genuine.entries, at(new TestLog(101).entries[100]!, timeOf(10))])),
    expected: { chain: 'missed', signed: 'caught', kept: 'caught', witness: 'caught' },
  },
  {
    name: '11b an entry is dated back no further than the one it follows',
    shown: () => resigned(rechained([...genuine.entries, at(new TestLog(101).entries[100]!, timeOf(99))])),
    expected: { chain: 'missed', signed: 'missed', kept: 'missed', witness: 'missed' },
  },
  {
    name: '12 something is never recorded',
    shown: () => {
      const all = new TestLog(110).entries
      return resigned(rechained([...genuine.entries, ...all.slice(105, 110)]))
    },
    expected: { chain: 'missed', signed: 'missed', kept: 'missed', witness: 'missed' },
  },
]

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-attacks-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Recomputes what a plain hash chain has, and trusts the first link. */
function walkChain(entries: readonly TestEntry[]): Verdict {
  let prev = entries[0]?.leaf.prev
  for (const { leaf, bytes, sections } of entries) {
    const body = createHash('sha256').update('audit-body/v1\n')
    for (const section of sections)
      body.update(
        'commitment' in section ? section.commitment : commitmentOf(section.path, section.salt, section.json),
      )
    if (body.digest('hex') !== leaf.body || leaf.prev !== prev) return 'caught'
    prev = toHex(leafHash(nodePlatform.sha256, bytes))
  }
  return 'missed'
}

async function verifyShown({ entries, note }: Shown, trust: Trust): Promise<Verdict> {
  const files = new FileMap()
  const vkey = formatVerifierKey(genuine.signer.key)
  const writer = new BundleWriter(
    { sha256: nodePlatform.sha256, checkpoint: note, keys: [vkey], policy: `log ${vkey}\nquorum none\n` },
    files,
  )
  for (const { bytes, leaf, sections } of entries)
    await writer.addToLog(bytes, { id: leaf.id, seq: leaf.seq, recordedAt: leaf.t, sections })
  // The writer refuses what does not verify; an attacker would not use it, and neither do we.
  await writer.finish({ unchecked: true })
  const { verdict } = await verifyBundle(nodePlatform, files, { trust })
  return verdict === 'verified' ? 'missed' : 'caught'
}

/** A witness who saw the genuine log grow to 80 and to 100 entries. The attacker asks it for a cosignature of what is shown. */
async function witnessed(shown: Shown, place: string): Promise<Verdict> {
  let nowS = NOW_S - 24 * HOUR_S
  const witness = await startWitness(mkdtempSync(join(folder, place)), () => [genuine.signer.key], {
    nowMs: () => nowS * 1_000,
  })
  const submit = async (oldSize: number, checkpoint: Uint8Array, proof: readonly Uint8Array[]) => {
    const body = Buffer.from(formatAddCheckpoint({ oldSize, proof, checkpoint }))
    const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body })
    const lines = await response.text()
    return response.status === 200 ? new Uint8Array([...checkpoint, ...Buffer.from(lines)]) : undefined
  }
  try {
    const old = await submit(0, earlier.checkpoint(), [])
    nowS = NOW_S
    const newest = await submit(80, genuine.checkpoint(), genuine.consistency(80, 100))
    const text = (note: Uint8Array) => parseNote(note).text
    const known = [newest, old].find((note) => note !== undefined && text(note) === text(shown.note))
    const size = Number(text(shown.note).split('\n')[1])
    const asked = new TestLog(0, { entries: shown.entries })
    const proof = size > 100 ? asked.consistency(100, size) : []
    const note = known ?? (await submit(100, shown.note, proof)) ?? shown.note
    const policy = `log ${formatVerifierKey(genuine.signer.key)}\nwitness w ${witness.key.vkey}\nquorum w\n`
    return await verifyShown(
      { ...shown, note },
      {
        policy: parsePolicy(nodePlatform.sha256, Buffer.from(policy)),
        freshness: { maxAgeS: HOUR_S, nowMs: NOW_S * 1_000 },
      },
    )
  } finally {
    await witness.close()
  }
}

describe('what an insider with the database can do', () => {
  const keys = [genuine.signer.key]

  it.each(ATTACKS)('$name', async ({ shown, expected, name }) => {
    const evidence = shown()
    expect({
      chain: walkChain(evidence.entries),
      signed: await verifyShown(evidence, { keys }),
      kept: await verifyShown(evidence, { keys, kept: genuine.checkpoint() }),
      witness: await witnessed(evidence, `${name.split(' ')[0]}-`),
    }).toEqual(expected)
  })

  it('0 nothing: the genuine log passes every defence', async () => {
    const evidence = under(genuine, genuine.entries)
    expect(walkChain(evidence.entries)).toBe('missed')
    expect(await verifyShown(evidence, { keys })).toBe('missed')
    expect(await verifyShown(evidence, { keys, kept: genuine.checkpoint() })).toBe('missed')
    expect(await witnessed(evidence, '0-')).toBe('missed')
  })

  it('7 an old state is shown for ever: only the time of a cosignature tells', async () => {
    const evidence = under(earlier, earlier.entries)
    expect(await verifyShown(evidence, { keys, kept: earlier.checkpoint() })).toBe('missed')
    expect(await witnessed(evidence, '7-')).toBe('caught')
  })

  it('13 an erased value is guessed: with its salt it can be, without it cannot', async () => {
    const entry = genuine.entries[4]!
    const section = entry.sections.find(({ path }) => path === '/actor')!
    if (!('json' in section)) throw new Error('The section is not there.')
    const candidates = Array.from({ length: 97 }, (_, i) => genuine.entries[i]!.sections[0]).flatMap(
      (candidate) => (candidate !== undefined && 'json' in candidate ? [candidate.json] : []),
    )
    const [erased] = redact(entry, '/actor').sections
    const commitment = erased !== undefined && 'commitment' in erased ? toHex(erased.commitment) : ''
    const guess = (salt: Uint8Array) =>
      candidates.filter((json) => toHex(commitmentOf('/actor', salt, json)) === commitment)
    expect(guess(section.salt)).toContain(section.json)
    // Whoever has the erased entry has no salt: not of this section, and those of the others do not help.
    for (const other of entry.sections.slice(1)) if ('salt' in other) expect(guess(other.salt)).toEqual([])
    expect(guess(new Uint8Array(16))).toEqual([])
    expect(JSON.stringify(redact(entry, '/actor'))).not.toContain(JSON.stringify([...section.salt]))
  })
})
