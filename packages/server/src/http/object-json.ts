import { ItemText } from '../reading/reads.js'

/** JSON of an object with its members in order. Items of a page are JSON already, and are not made again to be put in. */
export function objectJson(members: Readonly<Record<string, unknown>>): string {
  const texts: string[] = []
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue
    const json = value instanceof ItemText ? `[${value.take()}]` : JSON.stringify(value)
    texts.push(`${JSON.stringify(name)}:${json}`)
  }
  return `{${texts.join(',')}}`
}
