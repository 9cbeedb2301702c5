import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { chromiumOptions } from '../chromium.js'

/** How long anything may take to appear: tests run beside others. */
const PATIENCE_MS = 15_000

let running: Promise<Browser> | undefined

/** Chromium, one for all files of a process, which it ends with. Each file closes its pages by `closePages`. */
export async function sharedChromium(): Promise<Browser> {
  if (running !== undefined && !(await running).isConnected()) running = undefined
  running ??= chromiumOptions().then((options) => chromium.launch(options))
  return running
}

/** Closes every page of a browser, with its cookies and storage. */
export async function closePages(browser: Browser): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()))
}

/** A page of its own cookies and storage that notes whatever a page must never do. */
export interface WatchedPage {
  readonly page: Page
  /** Violations of the policy, errors of scripts, and requests to anywhere else; to be empty at the end. */
  readonly offences: readonly string[]
  close(): Promise<void>
}

/** Somebody's browser: its pages share cookies and storage, and what was loaded once. */
export interface WatchedBrowser {
  /** A page that was never anywhere. One at a time: closing it clears cookies and storage for the next. */
  open(): Promise<WatchedPage>
  close(): Promise<void>
}

/** A browser of its own whose pages may ask `origins` and nobody else. */
export async function openWatchedBrowser(
  browser: Browser,
  origins: readonly string[],
  options: BrowserContextOptions = {},
): Promise<WatchedBrowser> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    timezoneId: 'Europe/Zurich',
    reducedMotion: 'reduce',
    ...options,
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  return {
    open: async () => {
      const page = await context.newPage()
      const offences = watch(page, origins)
      const close = async () => {
        if (page.url().startsWith('http')) await page.evaluate(() => localStorage.clear())
        await Promise.all([context.clearCookies(), page.close()])
      }
      return { page, offences, close }
    },
    close: () => context.close(),
  }
}

/** Opens a page in a browser of its own. */
export async function openWatched(...given: Parameters<typeof openWatchedBrowser>): Promise<WatchedPage> {
  const own = await openWatchedBrowser(...given)
  return { ...(await own.open()), close: own.close }
}

function watch(page: Page, origins: readonly string[]): readonly string[] {
  page.setDefaultTimeout(PATIENCE_MS)
  const offences: string[] = []
  page.on('pageerror', (error) => offences.push(`error: ${error.stack}`))
  page.on('console', (message) => {
    const text = message.text()
    // A refusal that the page shows is logged by the browser as well; that is no fault of the page.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource'))
      offences.push(`console: ${text}`)
  })
  page.on('request', (request) => {
    const url = request.url()
    const isOwn = origins.some((origin) => url.startsWith(`${origin}/`)) || /^(?:data|blob):/.test(url)
    if (!isOwn) offences.push(`asked ${url}`)
  })
  return offences
}

/** The longest time that anything in a page takes to move or fade, in seconds. */
export function longestMotion(page: Page): Promise<number> {
  return page.evaluate(() => {
    const seconds = [...document.querySelectorAll('*')].flatMap((element) =>
      [null, '::before', '::after'].flatMap((part) => {
        const { transitionDuration, animationDuration } = getComputedStyle(element, part)
        return `${transitionDuration}, ${animationDuration}`.split(', ').map(Number.parseFloat)
      }),
    )
    return Math.max(0, ...seconds)
  })
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Rules that depend on colours: all that another theme can break. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

export interface AxeScope {
  /** Only these rules; all when left out. */
  readonly rules?: 'of colours'
  /** Only what lies over the page, where something does: the page below it is looked at elsewhere. */
  readonly isOverlayOnly?: boolean
}

/** What axe finds wrong in a page, a line for each rule with the first elements it is about. */
export async function axeViolations(page: Page, scope: AxeScope = {}): Promise<readonly string[]> {
  // By the debugger's way in, which the page's policy does not concern.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE)
  const rules = scope.rules === undefined ? undefined : COLOUR_RULES
  return page.evaluate(runAxe, { rules, isOverlayOnly: scope.isOverlayOnly === true })
}

/** Runs in the page. */
async function runAxe({
  rules,
  isOverlayOnly,
}: {
  readonly rules: readonly string[] | undefined
  readonly isOverlayOnly: boolean
}): Promise<readonly string[]> {
  interface Axe {
    run(
      context: Document | Element,
      options: object,
    ): Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }>
  }
  const { axe } = globalThis as unknown as { axe: Axe }
  const overlay = isOverlayOnly ? document.querySelector('dialog[open], :popover-open') : null
  const { violations } = await axe.run(overlay ?? document, {
    resultTypes: ['violations'],
    ...(rules === undefined ? {} : { runOnly: { type: 'rule', values: rules } }),
  })
  return violations.map(({ id, nodes }) =>
    [
      id,
      ...nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
    ].join('\n'),
  )
}
