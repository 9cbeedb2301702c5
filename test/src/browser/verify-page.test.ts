import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { formatVerifierKey } from '@counterfoil/core'
import { bundlePage } from '@counterfoil/verify'
import {
  aRecord,
  browserPlatform,
  chain,
  ed25519Cases,
  type FileMap,
  redact,
  TEST_ORIGIN,
  TestLog,
  tarOf,
  wycheproofCases,
} from '@counterfoil/verify/testing'
import AxeBuilder from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openChromium, type RunningChromium } from './chromium.js'

// The page is opened from disk, as whoever gets an export opens it.

const whole = new TestLog(599)
const log = new TestLog(0, {
  entries: chain(TEST_ORIGIN, [
    ...whole.entries.map((entry, i) => (i % 10 === 0 ? redact(entry, '/actor') : entry)),
    aRecord('log.redacted', { sections: ['/actor'], seqs: [[0, 598]] }),
  ]),
})
const vkey = formatVerifierKey(log.signer.key)
let folder: string
let chromium: RunningChromium
let page: Page
const requests: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-page-'))
  writeFileSync(join(folder, 'verify.html'), await bundlePage())
  writeDirectory('export', await log.bundle())
  chromium = await openChromium()
})
afterAll(async () => {
  await chromium.close()
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  await page?.close()
  page = await chromium.context.newPage()
  requests.length = 0
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(`file://${folder}/verify.html`)
})

function writeDirectory(name: string, { files }: FileMap): string {
  for (const [path, bytes] of files) {
    const file = join(folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  return join(folder, name)
}

/** Drops a file or directory of the disk on the page, as the system does. */
async function drop(path: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data })
}

const verdict = () => page.locator('#result .verdict').textContent()
const trust = (text: string) => page.fill('#keys', text)

describe('the page in an export', () => {
  it('verifies a directory that is dropped on it, and asks no network for anything', async () => {
    await trust(vkey)
    await drop(join(folder, 'export'))
    expect(await verdict()).toMatch(/^Verified, L1/)
    expect(await page.locator('dl').textContent()).toContain('600, seq 0 to 599')
    expect(await page.locator('dl').textContent()).toContain(`${countRedacted()} redacted, 0 FAILED`)
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('blob:'))).toEqual([])
  })

  it('looks at sixteen bytes at a time where the browser can, and verifies as well where it cannot', async () => {
    await page.addInitScript(() => {
      const { Instance } = WebAssembly
      const made = { count: 0 }
      Object.assign(globalThis, { made })
      WebAssembly.Instance = class extends Instance {
        constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
          super(module, imports)
          made.count++
        }
      }
    })
    const madeInstances = () =>
      page.evaluate(() => (globalThis as unknown as { made: { count: number } }).made.count)
    await page.reload()
    await trust(vkey)
    await drop(join(folder, 'export'))
    expect(await verdict()).toMatch(/^Verified, L1/)
    expect(await madeInstances()).toBeGreaterThan(0)

    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebAssembly'))
    await page.reload()
    await trust(vkey)
    await drop(join(folder, 'export'))
    expect(await verdict()).toMatch(/^Verified, L1/)
    expect(await madeInstances()).toBe(0)
  })

  it('verifies a directory, an archive and a receipt that are chosen', async () => {
    await trust(vkey)
    await page.setInputFiles('#directory', join(folder, 'export'))
    expect(await verdict()).toMatch(/^Verified, L1/)
    writeFileSync(join(folder, 'export.tar'), tarOf(await log.bundle(), 'export'))
    await page.setInputFiles('#file', join(folder, 'export.tar'))
    expect(await verdict()).toMatch(/^Verified, L1/)
    writeFileSync(join(folder, 'a.tlog-proof'), log.receipt(77))
    await page.setInputFiles('#file', join(folder, 'a.tlog-proof'))
    expect(await verdict()).toMatch(/^Verified, L1/)
    expect(await page.locator('dl').textContent()).toContain('seq 77 to 77')
  })

  it('takes a policy and a checkpoint that was kept', async () => {
    await trust(`log ${vkey}\nquorum none`)
    await page.fill('#kept', new TextDecoder().decode(log.checkpoint(300)))
    await drop(join(folder, 'export'))
    expect(await verdict()).toMatch(/^Verified, L2/)
    const other = new TestLog(0, { entries: log.entries.toReversed() })
    await page.fill('#kept', new TextDecoder().decode(other.checkpoint(300)))
    await page.click('#again')
    await page.locator('#result .failed').first().waitFor()
    expect(await page.locator('#result').textContent()).toContain('history was rewritten')
  })

  it('says without a key that it does not know who signed', async () => {
    await drop(join(folder, 'export'))
    expect(await verdict()).toMatch(/^Verified, L0/)
    expect(await page.locator('.note').first().textContent()).toContain('came with the evidence')
  })

  it('finds what was changed, and shows it as text, never as markup', async () => {
    const files = await log.bundle()
    const path = 'disclosures/000000.jsonl'
    const text = new TextDecoder().decode(files.files.get(path))
    files.files.set(path, new TextEncoder().encode(text.replace('"order"', '"<b id=evil>"')))
    const checkpoint = new TextDecoder().decode(files.files.get('checkpoint'))
    await trust(vkey)
    await drop(writeDirectory('changed', files))
    expect(await verdict()).toBe('FAILED')
    expect(await page.locator('#result li').first().textContent()).toContain('entry 0: wrong_content')
    files.files.set(
      'checkpoint',
      new TextEncoder().encode(checkpoint.replace('audit.example.com', '<b id=evil>x</b>')),
    )
    await drop(writeDirectory('forged', files))
    await page.locator('#result li').first().waitFor()
    expect(await page.locator('#evil').count()).toBe(0)
  })

  it('says what to drop when it was given something else', async () => {
    writeFileSync(join(folder, 'other.txt'), 'hello')
    await drop(join(folder, 'other.txt'))
    expect(await verdict()).toContain('neither a receipt nor a tar archive')
    await trust('nonsense')
    await drop(join(folder, 'export'))
    await page.locator('.verdict', { hasText: 'verifier key' }).waitFor()
  })

  it('verifies Ed25519 as Node does, edge cases included', async () => {
    const cases = [...ed25519Cases(), ...wycheproofCases()].map(
      ({ name, publicKey, message, signature, isValid }) => ({
        name,
        parts: [publicKey, message, signature].map((bytes) => [...bytes]),
        isValid,
      }),
    )
    // The very function of the page, with nothing around it but the browser.
    const wrong = await page.evaluate(`(async () => {
      const verifyEd25519 = ${browserPlatform.verifyEd25519}
      const wrong = []
      for (const { name, parts, isValid } of ${JSON.stringify(cases)})
        if ((await verifyEd25519(...parts.map((part) => new Uint8Array(part)))) !== isValid) wrong.push(name)
      return wrong
    })()`)
    expect(wrong).toEqual([])
  })

  it('runs no script but its own, and connects to nothing', async () => {
    const blocked = await page.evaluate(async () => {
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.head.append(script)
      const answer = await fetch('https://example.com/').then(
        () => 'connected',
        () => 'blocked',
      )
      return [answer, 'ran' in window]
    })
    expect(blocked).toEqual(['blocked', false])
  })

  it('can be used by everybody', async () => {
    await trust(vkey)
    await drop(join(folder, 'export'))
    await verdict()
    // The policy of the page lets nothing in; the checker comes in by the back door of the debugger.
    await page.evaluate(AxeBuilder.source)
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }
      return (await axe.run()).violations.map(({ id }) => id)
    })
    expect(violations).toEqual([])
  })
})

function countRedacted(): number {
  return log.entries.flatMap(({ sections }) => sections).filter((section) => 'commitment' in section).length
}
