import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, sep } from 'node:path'

/** A file of the page, and the same compressed where that is of use. */
export interface SiteFile {
  readonly contentType: string
  readonly bytes: Buffer
  readonly gzip?: Buffer
  readonly brotli?: Buffer
}

/** By path from the site's root, such as `assets/index-B3x.js`. */
export type SiteFiles = ReadonlyMap<string, SiteFile>

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.md': 'text/markdown; charset=utf-8',
}

/** Reads the built page into memory: it is a few hundred kilobytes, and no request ever names a file on the disk. */
export function readSiteFiles(): SiteFiles {
  const site = join(dirname(createRequire(import.meta.url).resolve('@counterfoil/web/package.json')), 'site')
  const names = new Set(namesIn(site))
  const compressed = (name: string) => (names.has(name) ? readFileSync(join(site, name)) : undefined)
  const files = new Map<string, SiteFile>()
  for (const name of names) {
    const contentType = CONTENT_TYPES[extname(name)]
    if (contentType === undefined) continue
    const gzip = compressed(`${name}.gz`)
    const brotli = compressed(`${name}.br`)
    files.set(name.split(sep).join('/'), {
      contentType,
      bytes: readFileSync(join(site, name)),
      ...(gzip === undefined ? {} : { gzip }),
      ...(brotli === undefined ? {} : { brotli }),
    })
  }
  return files
}

function namesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}
