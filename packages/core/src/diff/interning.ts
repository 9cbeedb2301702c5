import type { Json, JsonObject } from '../entry/entry.js'
import { isArray } from '../json/canonical.js'

/**
 * Numbers JSON values so that two have the same number exactly when they are equal, whatever the order of their
 * keys. Each container is looked at once, so comparing many of them, at every depth, takes linear time.
 */
export class Interning {
  readonly #byContainer = new Map<object, number>()
  readonly #byText = new Map<string, number>()

  idOf(value: Json): number {
    if (typeof value !== 'object' || value === null) return this.#intern(scalarText(value))
    const known = this.#byContainer.get(value)
    if (known !== undefined) return known
    const id = this.#intern(isArray(value) ? this.#arrayText(value) : this.#objectText(value))
    this.#byContainer.set(value, id)
    return id
  }

  #arrayText(value: readonly Json[]): string {
    return `[${value.map((element) => this.idOf(element)).join(',')}`
  }

  #objectText(value: JsonObject): string {
    const keys = Object.keys(value).sort()
    return `{${keys.map((key) => `${JSON.stringify(key)}:${this.idOf(value[key]!)}`).join(',')}`
  }

  #intern(text: string): number {
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    const id = this.#byText.size
    this.#byText.set(text, id)
    return id
  }
}

/** Distinct for distinct scalars: strings carry a mark, and no other scalar looks like one. */
function scalarText(value: null | boolean | number | string): string {
  return typeof value === 'string' ? `"${value}` : String(value)
}
