import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes the engine's tables when the definition of one is an empty file: chDB takes a definition for written that a full disk had
 * no room for, works on, and can never start again on such files. What is there is derived, so it is filled anew. The engine
 * must not run.
 */
export function removeUndefinedTables(store: string): void {
  const definitions = join(store, 'metadata')
  if (!existsSync(definitions)) return
  const files = readdirSync(definitions, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sql'))
    .map((name) => join(definitions, name))
  if (files.some((path) => statSync(path).size === 0)) rmSync(store, { recursive: true })
}
