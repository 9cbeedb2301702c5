/** JSON that was made elsewhere, as the value of a member. */
export class RawJson {
  readonly json: string
  constructor(json: string) {
    this.json = json
  }
}

/** JSON of an object with its members in order. A list of items that are JSON already is not made again to be put in. */
export function objectJson(members: Readonly<Record<string, unknown>>): string {
  const texts: string[] = []
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue
    texts.push(`${JSON.stringify(name)}:${value instanceof RawJson ? value.json : JSON.stringify(value)}`)
  }
  return `{${texts.join(',')}}`
}
