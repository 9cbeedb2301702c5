import { randomBytes } from 'node:crypto'
import { toHex } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HEAD_COLUMNS, type HeadRow } from './head-row.js'
import type { SignedHead, SignerStore } from './signer-store.js'

/** A signer's store under test. */
export interface SignerStoreHarness {
  readonly store: SignerStore
  /** The same place, opened once more by a second signer. */
  another(): Promise<SignerStore>
  /** Closes everything and opens the same place again, with what the keys derive from. */
  reopen(root?: Uint8Array): Promise<SignerStoreHarness>
  /** Writes another value into a column of a head, as somebody with access to the files may. */
  tamper(origin: string, column: keyof HeadRow, value: HeadRow[keyof HeadRow]): Promise<void>
  close(): Promise<void>
}

export const SIGNER_TEST_ROOT = new Uint8Array(32).fill(7)

/** The promises that every store of a signer keeps. */
export function signerStoreConformance(engine: string, open: () => Promise<SignerStoreHarness>): void {
  describe(`signer's store on ${engine}`, () => {
    let harness: SignerStoreHarness
    beforeEach(async () => {
      harness = await open()
    })
    afterEach(() => harness.close())
    const begun = async (...names: readonly string[]) => {
      const heads = names.map((name) => aHead(name))
      for (const head of heads) await harness.store.begin(head)
      return heads
    }

    it('gives back every head as it was remembered, also when it is opened again', async () => {
      const heads = [
        aHead('a'),
        aHead('b', { size: 2 ** 52, generation: 3, overlapUntilMs: 1_795_000_000_123 }),
        aHead('c', { frozen: { reason: 'Ö “two”\nlines', atMs: 1_795_000_000_456 } }),
        aHead('d', { frontier: new Uint8Array(0), size: 0 }),
      ]
      expect(await harness.store.heads()).toEqual([])
      for (const head of heads) await harness.store.begin(head)
      expect(await harness.store.heads()).toEqual(heads)
      harness = await harness.reopen()
      expect(await harness.store.heads()).toEqual(heads)
      const some = [heads[1]!.origin, 'example/log/unknown/live/0', heads[3]!.origin]
      expect(await harness.store.heads(some)).toEqual([heads[1], heads[3]])
    })

    it('begins no log twice', async () => {
      const [head] = await begun('a')
      await expect(harness.store.begin(aHead('a', { size: 99 }))).rejects.toThrow()
      // Of several at once all or none.
      await expect(harness.store.begin(aHead('b'), aHead('a', { size: 99 }))).rejects.toThrow()
      expect(await harness.store.heads()).toEqual([head])
    })

    it('moves all heads of a step', async () => {
      const steps = (await begun('a', 'b', 'c')).map((from) => ({ from, to: grown(from) }))
      expect(await harness.store.advance(steps)).toBe(true)
      expect(await harness.store.heads()).toEqual(steps.map(({ to }) => to))
    })

    it.each([
      ['another size', (head: SignedHead) => ({ ...head, size: head.size - 1 })],
      ['another root', (head: SignedHead) => ({ ...head, root: randomBytes(32) })],
      ['a log that is unknown', (head: SignedHead) => ({ ...head, origin: 'example/log/x/live/0' })],
    ])('moves none when one of them was expected at %s', async (_what, mistaken) => {
      const heads = await begun('a', 'b')
      const steps = heads.map((head) => ({ from: head, to: grown(head) }))
      const last = steps[1] as (typeof steps)[number]
      expect(await harness.store.advance([steps[0]!, { ...last, from: mistaken(last.from) }])).toBe(false)
      expect(await harness.store.heads()).toEqual(heads)
    })

    it('lets one of two signers move a head, and never both', async () => {
      const other = await harness.another()
      try {
        let [head] = await begun('a')
        for (let round = 0; round < 20; round++) {
          const rivals = [grown(head!), grown(head!)]
          const moved = await Promise.all([
            harness.store.advance([{ from: head!, to: rivals[0]! }]),
            other.advance([{ from: head!, to: rivals[1]! }]),
          ])
          expect(moved.toSorted()).toEqual([false, true])
          head = rivals[moved.indexOf(true)]
          expect(await other.heads()).toEqual([head])
        }
      } finally {
        await other.close()
      }
    })

    it('moves no head of a log that was stopped, until it was let go on', async () => {
      const [head] = (await begun('a')) as [SignedHead]
      const frozen = { reason: 'first', atMs: 1_795_000_000_000 }
      await harness.store.freeze(head.origin, frozen)
      await harness.store.freeze(head.origin, { reason: 'second', atMs: 1_795_000_000_001 })
      harness = await harness.reopen()
      expect(await harness.store.heads()).toEqual([{ ...head, frozen }])
      expect(await harness.store.advance([{ from: head, to: grown(head) }])).toBe(false)
      await harness.store.thaw(head.origin)
      await harness.store.thaw(head.origin)
      expect(await harness.store.heads()).toEqual([head])
      expect(await harness.store.advance([{ from: head, to: grown(head) }])).toBe(true)
    })

    it('neither stops nor lets go on what it does not know', async () => {
      const unknown = { code: 'damaged_signer' }
      await expect(harness.store.freeze('x', { reason: 'r', atMs: 1 })).rejects.toMatchObject(unknown)
      await expect(harness.store.thaw('x')).rejects.toMatchObject(unknown)
      expect(await harness.store.heads()).toEqual([])
    })

    it('says so when somebody else has changed anything of a head', async () => {
      const columns = HEAD_COLUMNS.filter((column) => column !== 'origin')
      await begun(...columns)
      const [sound] = (await begun('zebra')) as [SignedHead]
      for (const column of columns)
        await harness.tamper(`example/log/${column}/live/0`, column, OTHER_VALUES[column])
      harness = await harness.reopen()
      const origins = columns.toSorted().map((column) => `example/log/${column}/live/0`)
      const damaged = origins.map((origin) => ({ origin, damaged: expect.any(String) }))
      expect(await harness.store.heads()).toEqual([...damaged, sound])
      for (const origin of origins) {
        const freezing = harness.store.freeze(origin, { reason: 'r', atMs: 1 })
        await expect(freezing).rejects.toMatchObject({ code: 'damaged_signer' })
      }
    })

    it('takes no head for its own that was sealed under another key', async () => {
      const heads = await begun('a', 'b')
      harness = await harness.reopen(new Uint8Array(32).fill(8))
      expect(await harness.store.heads()).toEqual(
        heads.map(({ origin }) => ({ origin, damaged: expect.any(String) })),
      )
    })
  })
}

/** What each column may be changed into. */
const OTHER_VALUES: HeadRow = {
  origin: 'example/log/other/live/0',
  organization_id: 'other',
  mode: 'test',
  size: 4_711,
  root: new Uint8Array(32).fill(1),
  head_hash: new Uint8Array(32).fill(1),
  frontier: new Uint8Array(64).fill(1),
  note: 'another note\n',
  signed_at: 1,
  generation: 1,
  overlap_until: 1,
  frozen_at: 1,
  frozen_reason: 'another reason',
}

function aHead(name: string, more: Partial<SignedHead> = {}): SignedHead {
  return {
    origin: `example/log/${name}/live/0`,
    log: { organization_id: name, mode: 'live' },
    size: 300,
    root: new Uint8Array(randomBytes(32)),
    headHash: toHex(randomBytes(32)),
    frontier: new Uint8Array(randomBytes(96)),
    note: `example/log/${name}/live/0\n300\n…\n\n— example ABCD\n`,
    signedAtMs: 1_795_000_000_000,
    generation: 0,
    ...more,
  }
}

function grown(head: SignedHead): SignedHead {
  const { origin, log, size, generation } = head
  return {
    ...aHead(log.organization_id),
    origin,
    size: size + 1,
    generation,
    signedAtMs: head.signedAtMs + 1,
  }
}
