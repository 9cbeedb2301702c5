import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import openWabt from 'wabt'
import { scannableBytes, scanningIn } from './scannable-bytes.js'
import { SCANNING_MODULE } from './scanning-module.js'

const source = (name: string) => new URL(`../../src/wasm/${name}`, import.meta.url)

describe('scannableBytes', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('is assembled from its text', async () => {
    const wabt = await openWabt()
    const text = readFileSync(source('scanning.wat'), 'utf8')
    const { buffer } = wabt.parseWat('scanning.wat', text, { simd: true }).toBinary({})
    const file = source('scanning-module.ts')
    if (process.env.ASSEMBLE === 'write') writeFileSync(file, moduleSource(buffer))
    expect(readFileSync(file, 'utf8')).toBe(moduleSource(buffer))
    expect(SCANNING_MODULE).toEqual(buffer)
  })

  it('looks at sixteen bytes at once wherever tests run', () => {
    const bytes = scannableBytes(10)
    expect(bytes).toEqual(new Uint8Array(10))
    expect(bytes.buffer.byteLength).toBe(65_536)
    expect(scanningIn(bytes.buffer)).toBeDefined()
    expect(scannableBytes(65_536).buffer.byteLength).toBe(2 * 65_536)
  })

  it('gives plain bytes where there is no WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined)
    // A module of its own: what another one made with WebAssembly is there already.
    const alone: typeof import('./scannable-bytes.js') = await import(
      new URL('./scannable-bytes.js?without', import.meta.url).href
    )
    const bytes = alone.scannableBytes(10)
    expect(bytes).toEqual(new Uint8Array(10))
    expect(alone.scanningIn(bytes.buffer)).toBeUndefined()
  })
})

/** The file that holds the module. */
function moduleSource(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  const lines = hex.match(/.{1,96}/g)?.map((line) => `    '${line}',`)
  return `import { fromHex } from '../hash/sha256.js'

/** What scanning.wat is assembled to. Written by \`npm run assemble\`. */
export const SCANNING_MODULE = fromHex(
  [
${lines?.join('\n')}
  ].join(''),
) as Uint8Array<ArrayBuffer>
`
}
