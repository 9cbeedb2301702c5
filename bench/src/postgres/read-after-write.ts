import { ENTRIES_PATH } from '../counterfoil/paths.js'

/** How long a search takes that begins when an entry was acknowledged, and must count it. */
export interface ReadAfterWrite {
  readonly samples: number
  readonly msP50: number
  readonly msP99: number
}

const INDEXED_MS_MAX = 120_000

/** Records by one server, one entry after the other, and searches for each by `reader` at once. Throws when one is not found. */
export async function measureReadAfterWrite(
  { writer, reader }: { readonly writer: number; readonly reader: number },
  token: string,
  samples: number,
): Promise<ReadAfterWrite> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  await untilIndexed(reader, headers)
  const took: number[] = []
  for (let i = 0; i < samples; i++) {
    const action = `bench.read_${writer}_${reader}_${i}`
    const body = JSON.stringify({ action })
    const recorded = await fetch(`http://127.0.0.1:${writer}${ENTRIES_PATH}`, {
      method: 'POST',
      headers,
      body,
    })
    if (recorded.status !== 201) throw new Error(`recording answered ${await recorded.text()}`)
    await recorded.arrayBuffer()
    const startMs = performance.now()
    // A count comes from the index, and only from one that has all that was acknowledged.
    const path = `${ENTRIES_PATH}?limit=1&include_count=true&action=${action}`
    const found = await fetch(`http://127.0.0.1:${reader}${path}`, { headers })
    const text = await found.text()
    took.push(performance.now() - startMs)
    if ((JSON.parse(text) as { total_count?: number }).total_count !== 1)
      throw new Error(`an entry that was acknowledged was not counted: ${text}`)
  }
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.ceil(share * took.length) - 1)] as number
  return { samples, msP50: at(0.5), msP99: at(0.99) }
}

/** Resolves when the index has all that was recorded before, as far as this server knows. */
async function untilIndexed(port: number, headers: Readonly<Record<string, string>>): Promise<void> {
  const endMs = performance.now() + INDEXED_MS_MAX
  for (;;) {
    const path = `${ENTRIES_PATH}?limit=1&include_count=true&action=bench.read_none`
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
    const text = await answer.text()
    if (answer.ok && (JSON.parse(text) as { partial?: boolean }).partial !== true) return
    if (performance.now() > endMs) throw new Error(`The index does not catch up: ${text}`)
  }
}
