/**
 * Items of a page as JSON, given out once and then forgotten. The promises of a read that waited for its turn are old by the
 * time it is done, and whatever they were resolved with lives until old objects are collected: without this each page of a
 * busy organization did, and the event loop stood still for 4 ms again and again to carry them there.
 */
export class ItemText {
  readonly #pieces: string[]

  /** `pieces` of some items each, with commas between those; the list is empty once the text is taken. */
  constructor(pieces: string[]) {
    this.#pieces = pieces
  }

  /** The items with commas between them, to stand in brackets; nothing the second time. */
  take(): string {
    return this.#pieces.splice(0).join(',')
  }
}
