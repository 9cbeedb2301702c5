import { createHash } from 'node:crypto'
import { uuidText } from '../../journal/uuid.js'

/**
 * A UUIDv8 (RFC 9562 §5.8) made of what a thing is, so that importing it again gives the same id. `kind` keeps equal
 * parts of different formats apart.
 */
export function derivedId(kind: string, ...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256').update(`counterfoil import ${kind}\n`)
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    // With its length before it, no part can run into the next.
    hash.update(`${bytes.length}:`).update(bytes)
  }
  const id = hash.digest().subarray(0, 16)
  id[6] = 0x80 | ((id[6] as number) & 0x0f)
  id[8] = 0x80 | ((id[8] as number) & 0x3f)
  return uuidText(id)
}
