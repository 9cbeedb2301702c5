import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sparticuz from '@sparticuz/chromium'
import { type BrowserContext, chromium } from 'playwright-core'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const INSTALLED = '/usr/bin/chromium'

export interface RunningChromium {
  readonly context: BrowserContext
  close(): Promise<void>
}

/** A real Chromium: the one of the system, or the one that npm brings. */
export async function chromiumOptions() {
  return {
    executablePath: existsSync(INSTALLED) ? INSTALLED : await sparticuz.executablePath(),
    args: FLAGS,
    headless: true,
  }
}

/** Chromium with a profile of its own. */
export async function openChromium(): Promise<RunningChromium> {
  const profile = mkdtempSync(join(tmpdir(), 'counterfoil-chromium-'))
  const context = await chromium.launchPersistentContext(profile, await chromiumOptions())
  return {
    context,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
