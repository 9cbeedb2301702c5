import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BrowserContext, chromium, type LaunchOptions } from 'playwright-core'

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
/** The folder of the package that brings Chromium. */
const ROOT = fileURLToPath(new URL('../..', import.meta.resolve('@sparticuz/chromium')))
const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

export interface RunningChromium {
  readonly context: BrowserContext
  /** The folder of its profile. */
  readonly profile: string
  close(): Promise<void>
}

/** A real Chromium: the one of the system, or the one that npm brings. `CHROMIUM=npm` asks for the latter. */
export async function chromiumOptions(): Promise<LaunchOptions> {
  const isInstalled = process.env.CHROMIUM !== 'npm' && existsSync(INSTALLED)
  const found = isInstalled ? { executablePath: INSTALLED } : await unpackedFromNpm()
  return { ...found, args: FLAGS, headless: true }
}

/**
 * Chromium as npm brings it, with the libraries and the font that a bare machine lacks. Unpacked once for each version,
 * apart, and then put in its place in one step: test files run at the same time.
 */
async function unpackedFromNpm(): Promise<LaunchOptions> {
  const place = join(tmpdir(), `counterfoil-chromium-${VERSION}`)
  if (!existsSync(place)) {
    const apart = mkdtempSync(`${place}-`)
    await unpackInto(apart)
    writeFileSync(join(apart, 'fonts/fonts.conf'), fontsIn(join(place, 'fonts/fonts')))
    putInPlace(apart, place)
  }
  return {
    executablePath: join(place, 'chromium'),
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(place, 'al2023/lib'),
      FONTCONFIG_FILE: join(place, 'fonts/fonts.conf'),
    },
  }
}

/** In a process of its own: the package writes to the folder for temporary files, and others need theirs meanwhile. */
async function unpackInto(folder: string): Promise<void> {
  const packed = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br']
  const paths = packed.map((name) => join(ROOT, 'bin', name))
  const script = `
    import { inflate } from ${JSON.stringify(import.meta.resolve('@sparticuz/chromium'))}
    await Promise.all(${JSON.stringify(paths)}.map((path) => inflate(path)))`
  const env = { ...process.env, TMPDIR: folder }
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
}

function putInPlace(apart: string, place: string): void {
  try {
    renameSync(apart, place)
  } catch (error) {
    rmSync(apart, { recursive: true, force: true })
    // Another test file was first.
    if (!existsSync(place)) throw error
  }
}

function fontsIn(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}-cache</cachedir>
</fontconfig>
`
}

/** Chromium with a profile of its own. */
export async function openChromium(): Promise<RunningChromium> {
  const profile = mkdtempSync(join(tmpdir(), 'counterfoil-chromium-'))
  const context = await chromium.launchPersistentContext(profile, await chromiumOptions())
  return {
    context,
    profile,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
