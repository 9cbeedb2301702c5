import {
  AppError,
  canonicalJson,
  Frontier,
  formatCheckpoint,
  formatNote,
  GENESIS_HASH,
  isEarlierEpoch,
  type JsonObject,
  type LogName,
  type Mode,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import type { Advance, DamagedHead, SignedHead, SignerStore } from './signer-store.js'
import { type LogKey, type LogKeys, signatureLine } from './signing-keys.js'

/** What a log was proven to be beyond its signed head. */
export interface ProvenExtension {
  readonly size: number
  /** 64 hex digits. */
  readonly headHash: string
  /** Of the whole tree. */
  readonly frontier: Frontier
}

/**
 * Signs checkpoints of logs, each of which extends the one before: it signs nothing but what grew out of the very tree that
 * it signed last, and remembers it durably before anybody sees the signature.
 */
export class LogSigner {
  readonly #store: SignerStore
  readonly #keys: LogKeys
  readonly #nowMs: () => number
  readonly #heads = new Map<string, SignedHead>()
  /** Origins of the epochs of each log, in order: with many logs, nothing may look through all heads for those of one. */
  readonly #epochs = new Map<string, string[]>()
  readonly #damaged = new Map<string, DamagedHead>()
  /** Origins of logs of which the store may know something newer. */
  readonly #doubtful = new Set<string>()

  /** A signer that knows nothing yet: `reload` makes it learn. */
  constructor(store: SignerStore, keys: LogKeys, nowMs: () => number = Date.now) {
    this.#store = store
    this.#keys = keys
    this.#nowMs = nowMs
  }

  /** A signer that knows what was signed before. */
  static async open(store: SignerStore, keys: LogKeys, nowMs: () => number = Date.now): Promise<LogSigner> {
    const signer = new LogSigner(store, keys, nowMs)
    await signer.reload()
    return signer
  }

  /** Learns anew what was signed, of all logs: another process may have signed them meanwhile. */
  async reload(): Promise<void> {
    const heads = await this.#store.heads()
    this.#heads.clear()
    this.#epochs.clear()
    this.#damaged.clear()
    this.#doubtful.clear()
    for (const head of heads) this.#learn(head)
  }

  /** Takes in what another process has signed. */
  takeIn(heads: readonly (SignedHead | DamagedHead)[]): void {
    for (const head of heads) this.#learn(head)
  }

  /** Looks again at the logs of which it is not known what became of the last step. */
  async refresh(): Promise<void> {
    if (this.#doubtful.size === 0) return
    const heads = await this.#store.heads([...this.#doubtful])
    this.#doubtful.clear()
    for (const head of heads) this.#learn(head)
  }

  /** Heads of every epoch of every log. */
  heads(): readonly SignedHead[] {
    return [...this.#heads.values()]
  }

  /** Heads of the newest epoch of each log. */
  newestHeads(): readonly SignedHead[] {
    return [...this.#epochs.values()].map(
      (origins) => this.#heads.get(origins.at(-1) as string) as SignedHead,
    )
  }

  /** Head of the newest epoch of a log. */
  newestHead(log: LogName): SignedHead | undefined {
    const newest = this.#epochs.get(nameOf(log))?.at(-1)
    return newest === undefined ? undefined : this.#heads.get(newest)
  }

  /** Heads of the epochs of a log before the one with this origin, in order. */
  earlierHeads(origin: string): readonly SignedHead[] {
    const [organization_id = '', mode] = origin.split('/').slice(-3)
    const origins = this.#epochs.get(nameOf({ organization_id, mode: mode as Mode })) ?? []
    return origins
      .filter((earlier) => isEarlierEpoch(earlier, origin))
      .map((earlier) => this.#heads.get(earlier) as SignedHead)
  }

  /** Heads that others changed: nothing is signed of these logs. */
  damaged(): readonly DamagedHead[] {
    return [...this.#damaged.values()]
  }

  head(origin: string): SignedHead | undefined {
    return this.#heads.get(origin)
  }

  /** Begins to sign a log that was never signed before, with the checkpoint of the empty log, or of what was pruned of it. */
  async begin(log: LogName, origin: string, start?: ProvenExtension): Promise<SignedHead> {
    const [head] = await this.beginAll([{ log, origin, ...(start === undefined ? {} : { start }) }])
    return head as SignedHead
  }

  /** The same of several logs, of all or of none, for the price of one. */
  async beginAll(
    logs: readonly { readonly log: LogName; readonly origin: string; readonly start?: ProvenExtension }[],
  ): Promise<readonly SignedHead[]> {
    const empty = new Frontier(sha256Into)
    const heads = logs.map(({ log, origin, start }) => ({
      origin,
      log,
      headHash: start?.headHash ?? GENESIS_HASH,
      generation: 0,
      ...this.#signedTree(origin, start?.frontier ?? empty, [this.#keys.keyOf(origin, 0)]),
    }))
    const origins = logs.map(({ origin }) => origin)
    await this.#certainly(origins, this.#store.begin(...heads))
    for (const head of heads) this.#remember(head)
    return heads
  }

  /** Signs what `from` was proven to have grown into. Nobody may see it before `commit`. */
  sign(from: SignedHead, { size, headHash, frontier }: ProvenExtension): Advance {
    if (frontier.size !== size || size < from.size)
      throw new RangeError(`a tree of ${frontier.size} entries does not extend ${from.size} to ${size}`)
    const to = { ...from, headHash, ...this.#signedTree(from.origin, frontier, this.#keysOf(from)) }
    return { from, to: this.#endOverlap(to) }
  }

  /** Remembers durably what was signed. Rejects with `damaged_signer` when another signer has moved a head meanwhile. */
  async commit(steps: readonly Advance[]): Promise<void> {
    if (steps.length === 0) return
    const origins = steps.map(({ from }) => from.origin)
    if (!(await this.#certainly(origins, this.#store.advance(steps)))) {
      for (const origin of origins) this.#doubtful.add(origin)
      throw new AppError('damaged_signer', {
        hint: 'Another process has signed these logs meanwhile, or stopped them. It is looked at again.',
      })
    }
    for (const { to } of steps) this.#remember(to)
  }

  /** Signs every head again, unchanged, to say that nothing is missing: silence is then an assertion, too. */
  async reaffirm(heads: readonly SignedHead[]): Promise<readonly SignedHead[]> {
    const steps = heads.map((from) => {
      const frontier = Frontier.restore(sha256Into, from.size, from.frontier)
      return this.sign(from, { size: from.size, headHash: from.headHash, frontier })
    })
    await this.commit(steps)
    return steps.map(({ to }) => to)
  }

  /** Stops a log durably; gives its head as it is then. */
  async freeze(origin: string, reason: string): Promise<SignedHead> {
    const frozen = { reason, atMs: this.#nowMs() }
    await this.#certainly([origin], this.#store.freeze(origin, frozen))
    const head = { frozen, ...(this.#heads.get(origin) as SignedHead) }
    this.#remember(head)
    return head
  }

  /**
   * From now on the next key of a log signs, and the present one with it until `overlapUntilMs`; gives the head as it is then,
   * signed by both. Nothing changes unless the present key is that of `generation`. Throws `damaged_signer` as `commit` does.
   */
  async rotateKey(
    origin: string,
    { generation, overlapUntilMs }: { readonly generation: number; readonly overlapUntilMs: number },
  ): Promise<SignedHead | undefined> {
    const head = this.#heads.get(origin)
    if (head === undefined || head.frozen !== undefined || head.generation !== generation) return head
    const rotated = { ...head, generation: generation + 1, overlapUntilMs }
    const frontier = Frontier.restore(sha256Into, head.size, head.frontier)
    const to = { ...rotated, ...this.#signedTree(origin, frontier, this.#keysOf(rotated)) }
    await this.commit([{ from: head, to }])
    return to
  }

  /** The verifier key that signs a log after the present one. */
  nextVkey({ origin, generation }: SignedHead): string {
    return this.#keys.keyOf(origin, generation + 1).vkey
  }

  /** Lets a log go on, of which what is stored was proven to extend its head. */
  async thaw(origin: string): Promise<SignedHead> {
    await this.#certainly([origin], this.#store.thaw(origin))
    const { frozen: _, ...head } = this.#heads.get(origin) as SignedHead
    this.#remember(head)
    return head
  }

  /** Verifier keys that a log ever signed with, the newest first: old checkpoints and receipts stay good. */
  vkeys({ origin, generation }: SignedHead): readonly string[] {
    return this.#keys.vkeysOf(origin, generation)
  }

  /**
   * A certificate about a log as a note by the log's own key. Its text is one line of JSON and so begins with a brace, which
   * no origin does: it can never be taken for a checkpoint. Undefined for a log that nothing was signed of.
   */
  certify(origin: string, content: JsonObject): string | undefined {
    const head = this.#heads.get(origin)
    if (head === undefined) return undefined
    const text = `${canonicalJson(content)}\n`
    return formatNote(text, [signatureLine(this.#keys.keyOf(origin, head.generation), text)])
  }

  /** What fails may have been done all the same, as when a connection breaks while it commits: it is looked at again. */
  async #certainly<Result>(origins: readonly string[], change: Promise<Result>): Promise<Result> {
    try {
      return await change
    } catch (error) {
      for (const origin of origins) this.#doubtful.add(origin)
      throw error
    }
  }

  #learn(head: SignedHead | DamagedHead): void {
    if ('damaged' in head) {
      this.#damaged.set(head.origin, head)
      this.#forget(head.origin)
    } else this.#remember(head)
  }

  #remember(head: SignedHead): void {
    if (!this.#heads.has(head.origin)) {
      const origins = [...(this.#epochs.get(nameOf(head.log)) ?? []), head.origin]
      this.#epochs.set(
        nameOf(head.log),
        origins.sort((a, b) => (isEarlierEpoch(a, b) ? -1 : 1)),
      )
    }
    this.#heads.set(head.origin, head)
  }

  #forget(origin: string): void {
    const head = this.#heads.get(origin)
    if (head === undefined) return
    this.#heads.delete(origin)
    const others = (this.#epochs.get(nameOf(head.log)) ?? []).filter((other) => other !== origin)
    if (others.length > 0) this.#epochs.set(nameOf(head.log), others)
    else this.#epochs.delete(nameOf(head.log))
  }

  /** The keys that sign a log at present, the newest first. */
  #keysOf({ origin, generation, overlapUntilMs }: SignedHead): LogKey[] {
    const newest = this.#keys.keyOf(origin, generation)
    const overlaps = overlapUntilMs !== undefined && overlapUntilMs > this.#nowMs()
    return overlaps ? [newest, this.#keys.keyOf(origin, generation - 1)] : [newest]
  }

  #signedTree(origin: string, frontier: Frontier, keys: readonly LogKey[]) {
    const root = frontier.root()
    const text = formatCheckpoint({ origin, size: frontier.size, root })
    return {
      size: frontier.size,
      root,
      frontier: frontier.toBytes(),
      note: formatNote(
        text,
        keys.map((key) => signatureLine(key, text)),
      ),
      signedAtMs: this.#nowMs(),
    }
  }

  #endOverlap(head: SignedHead): SignedHead {
    const { overlapUntilMs, ...rest } = head
    return overlapUntilMs !== undefined && overlapUntilMs <= this.#nowMs() ? rest : head
  }
}

function nameOf({ organization_id, mode }: LogName): string {
  return `${organization_id}/${mode}`
}
