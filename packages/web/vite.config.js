import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const SITE = new URL('site/', import.meta.url).pathname
const COMPRESSIBLE = /\.(?:js|css|svg|html)$/

/** Each file is compressed once, here, and not by the server for each reader. */
function compressed() {
  return {
    name: 'compressed',
    closeBundle() {
      for (const name of readdirSync(SITE, { recursive: true })) {
        if (!COMPRESSIBLE.test(name)) continue
        const bytes = readFileSync(join(SITE, name))
        writeFileSync(join(SITE, `${name}.gz`), gzipSync(bytes, { level: 9 }))
        writeFileSync(
          join(SITE, `${name}.br`),
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
        )
      }
    },
  }
}

/**
 * What the page begins with, in few files: others use parts of it, and each set of users would otherwise have a file of its
 * own. Libraries are apart, for they change less often.
 */
const FIRST_LOAD = [
  { name: 'libraries', test: /node_modules/, tags: ['$initial'] },
  { name: 'shared', test: /src/, tags: ['$initial'], minShareCount: 2 },
]

export default defineConfig({
  plugins: [react(), compressed()],
  // What it adds to React for those that have no such hook: ours has.
  resolve: {
    alias: { 'use-sync-external-store/shim/with-selector': 'use-sync-external-store/with-selector' },
  },
  build: {
    outDir: 'site',
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // A file of its own for everything: the policy of the page allows no data but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    reportCompressedSize: false,
    rolldownOptions: {
      // Compressing takes longer than all the rest, as it should.
      checks: { pluginTimings: false },
      output: { codeSplitting: { groups: FIRST_LOAD } },
    },
    manifest: 'manifest.json',
  },
})
