import type { Findings } from './findings.js'

export interface Receipt {
  readonly id: string
  readonly seq: number
  readonly entry_hash: string
}

const CAPACITY_MIN = 4096
const HASH_BYTES = 32

/**
 * What the server promised to keep in one log: for each number the place and the hash that it acknowledged. It lives
 * in the process of the test, so nothing that happens to the server touches it. 44 bytes an entry: millions fit.
 */
export class Acknowledgements {
  #seqs = new Int32Array(CAPACITY_MIN).fill(-1)
  #numbers = new Int32Array(CAPACITY_MIN).fill(-1)
  #hashes = Buffer.alloc(CAPACITY_MIN * HASH_BYTES)
  #issued = 0
  #acknowledged = 0
  #maxSeq = -1
  #latest: number[] = []

  /** Numbers given out so far; every one of them may be in the log, no other. */
  get issued(): number {
    return this.#issued
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** The highest acknowledged place, -1 for none. All before it are durable too. */
  get maxSeq(): number {
    return this.#maxSeq
  }

  /** The newest acknowledgements, newest last: what a crash endangers most. */
  get latest(): readonly number[] {
    return this.#latest
  }

  /** A number for a new entry. */
  issue(): number {
    if (this.#issued === this.#seqs.length) this.#grow()
    return this.#issued++
  }

  /** Notes a receipt. One that contradicts an earlier receipt is a finding. */
  acknowledge(number: number, { seq, entry_hash }: Receipt, findings: Findings): void {
    const earlier = this.seqOf(number)
    if (earlier !== undefined) {
      if (earlier !== seq || this.hashOf(number) !== entry_hash)
        findings.report('duplicated', `entry ${number} was acknowledged at ${earlier} and again at ${seq}`)
      return
    }
    while (seq >= this.#numbers.length) this.#grow()
    const other = this.#numbers[seq] as number
    if (other >= 0)
      findings.report('order', `place ${seq} was acknowledged to entries ${other} and ${number}`)
    this.#seqs[number] = seq
    this.#numbers[seq] = number
    this.#hashes.write(entry_hash, number * HASH_BYTES, 'hex')
    this.#acknowledged++
    this.#maxSeq = Math.max(this.#maxSeq, seq)
    this.#latest.push(number)
    if (this.#latest.length > 200) this.#latest = this.#latest.slice(-100)
  }

  /** The acknowledged place; undefined for a number that was not acknowledged. */
  seqOf(number: number): number | undefined {
    const seq = number < this.#issued ? (this.#seqs[number] as number) : -1
    return seq < 0 ? undefined : seq
  }

  hashOf(number: number): string {
    return this.#hashes.toString('hex', number * HASH_BYTES, (number + 1) * HASH_BYTES)
  }

  #grow(): void {
    const capacity = this.#seqs.length * 2
    const seqs = new Int32Array(capacity).fill(-1)
    seqs.set(this.#seqs)
    const numbers = new Int32Array(capacity).fill(-1)
    numbers.set(this.#numbers)
    const hashes = Buffer.alloc(capacity * HASH_BYTES)
    this.#hashes.copy(hashes)
    this.#seqs = seqs
    this.#numbers = numbers
    this.#hashes = hashes
  }
}
