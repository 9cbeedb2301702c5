/** Uses that are written in one transaction, which holds up the event loop for about a millisecond. */
const WRITTEN_AT_ONCE = 500

/** When keys or sessions were used since that was last written, which is off the path of requests. */
export class LastUses {
  readonly #usedAt = new Map<string, number>()

  set(id: string, at: number): void {
    this.#usedAt.set(id, at)
  }

  /** Milliseconds since 1970; 0 for what has not been used since. */
  of(id: string): number {
    return this.#usedAt.get(id) ?? 0
  }

  forget(id: string): void {
    this.#usedAt.delete(id)
  }

  /** Writes what there is, a few at a time. What could not be written is written the next time. */
  async write(write: (uses: ReadonlyMap<string, number>) => Promise<void>): Promise<void> {
    const uses = [...this.#usedAt]
    for (let i = 0; i < uses.length; i += WRITTEN_AT_ONCE) {
      const part = uses.slice(i, i + WRITTEN_AT_ONCE)
      await write(new Map(part))
      for (const [id, at] of part) if (this.#usedAt.get(id) === at) this.#usedAt.delete(id)
    }
  }
}
