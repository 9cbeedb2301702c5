import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// Imported for their order: at the end, first processes go, then mounts, then the folders under them.
import './process-group.js'
import './mounts.js'

const folders = new Set<string>()

process.on('exit', () => {
  for (const folder of folders) discardFolder(folder)
})

/** A new folder that is gone with this process, at the latest. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `counterfoil-${name}-`))
  folders.add(folder)
  return folder
}

export function discardFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  folders.delete(folder)
}
