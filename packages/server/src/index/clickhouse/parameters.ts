/** Collects the values of one statement and gives the placeholder that stands for each. */
export class Parameters {
  readonly #values: (string | number)[] = []
  readonly #places = new Map<string, number>()

  text(value: string): string {
    return `{p${this.#place(value)}:String}`
  }

  /** `value` must be a safe integer. */
  integer(value: number): string {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`)
    return `{p${this.#place(value)}:Int64}`
  }

  /** The values under their placeholders' names, as @clickhouse/client takes them. */
  get values(): Readonly<Record<string, string | number>> {
    return Object.fromEntries(this.#values.map((value, place) => [`p${place}`, value]))
  }

  #place(value: string | number): number {
    const key = `${typeof value}:${value}`
    const known = this.#places.get(key)
    if (known !== undefined) return known
    this.#places.set(key, this.#values.length)
    return this.#values.push(value) - 1
  }
}
