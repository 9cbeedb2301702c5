import { columnsOf } from './columns.js'
import { h } from './dom.js'
import type { Entry, EntryPage } from './entry.js'
import { entryDetails } from './entry-details.js'
import { entryTable, placeholderTable } from './entry-table.js'
import { type SearchForm, searchForm } from './search-form.js'
import { type Asked, type FetchToken, ServerClient } from './server-client.js'
import { STYLES } from './styles.js'
import { type Clock, clockOf, RANGES, type RangeName } from './time.js'
import { TROUBLE, type Trouble, ViewerError } from './trouble.js'

const PAGE_SIZE = 25
const PAGE_SIZE_MAX = 200
const OBSERVED = ['src', 'token', 'filter', 'columns', 'time-zone', 'time-range', 'page-size'] as const

/** One for all viewers of a page. */
let sheet: CSSStyleSheet | undefined

/**
 * `<counterfoil-viewer>`: an organization's audit log in a page of yours. It needs `src` and a viewer token, as `token`
 * or from `fetchToken`. Fires `counterfoil-trouble` (detail: `Trouble`) when it cannot show entries and
 * `counterfoil-entry` (detail: `{ id }`) when one is opened; both leave the shadow tree.
 */
export class CounterfoilViewer extends HTMLElement {
  static readonly observedAttributes: readonly string[] = OBSERVED

  #fetchToken: FetchToken | undefined
  #client: ServerClient | undefined
  #asked: Asked = { queries: [] }
  /** Cursors that lead to the pages up to the one that is shown; the first has none. */
  #trail: (string | undefined)[] = [undefined]
  /** The cursor that leads on from there. */
  #next: string | undefined
  #total: number | undefined
  #running = new AbortController()
  #exporting: AbortController | undefined
  #startPlanned = false
  #clock: Clock = clockOf(null)

  readonly #root: ShadowRoot
  #form: SearchForm
  readonly #problem = h('p', { class: 'problem', id: 'problem', role: 'alert', hidden: true })
  readonly #status = h('p', { role: 'status' })
  readonly #body = h('div', {})
  readonly #newer = h('button', { type: 'button', class: 'quiet', click: () => this.#turn(-1) }, 'Newer')
  readonly #older = h('button', { type: 'button', class: 'quiet', click: () => this.#turn(1) }, 'Older')

  constructor() {
    super()
    this.#root = this.attachShadow({ mode: 'open' })
    if (sheet === undefined) {
      sheet = new CSSStyleSheet()
      sheet.replaceSync(STYLES)
    }
    this.#root.adoptedStyleSheets = [sheet]
    this.#form = this.#makeForm('30d')
  }

  get src(): string {
    return this.getAttribute('src') ?? ''
  }

  set src(src: string) {
    this.setAttribute('src', src)
  }

  /** A viewer token. Setting another one starts anew. */
  get token(): string {
    return this.getAttribute('token') ?? ''
  }

  set token(token: string) {
    this.setAttribute('token', token)
  }

  /** Gives a token whenever one is needed; in place of `token`, or to go on when that one has ended. */
  get fetchToken(): FetchToken | undefined {
    return this.#fetchToken
  }

  set fetchToken(fetchToken: FetchToken | undefined) {
    // Frameworks give a new function each time they draw: that is no reason to begin anew.
    const first = this.#fetchToken === undefined
    this.#fetchToken = fetchToken
    if (first && fetchToken !== undefined) this.#planStart()
  }

  /** Asks anew for what is shown. */
  refresh(): void {
    this.#search()
  }

  connectedCallback(): void {
    for (const name of ['src', 'token', 'fetchToken'] as const) this.#takeEarly(name)
    const range = this.getAttribute('time-range')
    this.#form = this.#makeForm(RANGES.find(({ name }) => name === range)?.name ?? '30d')
    this.#root.replaceChildren(
      h(
        'section',
        { class: 'viewer', part: 'viewer', 'aria-label': 'Audit log' },
        this.#form.element,
        this.#problem,
        h(
          'div',
          { class: 'bar', part: 'bar' },
          this.#status,
          h('button', { type: 'button', class: 'quiet', click: () => this.#search() }, 'Refresh'),
          h('nav', { class: 'pager', 'aria-label': 'Pages' }, this.#newer, this.#older),
        ),
        this.#body,
      ),
    )
    this.#planStart()
  }

  disconnectedCallback(): void {
    this.#running.abort()
    this.#exporting?.abort()
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before !== after) this.#planStart()
  }

  /** What a page has set before the element was defined hides its accessor: it is set again. */
  #takeEarly<Name extends 'src' | 'token' | 'fetchToken'>(name: Name): void {
    if (!Object.hasOwn(this, name)) return
    const value = this[name]
    delete (this as Partial<Pick<this, Name>>)[name]
    this[name] = value
  }

  #makeForm(range: RangeName): SearchForm {
    return searchForm(
      range,
      () => this.#search(),
      () => void this.#export(),
    )
  }

  /** Attributes come one after the other; what they say together counts. */
  #planStart(): void {
    if (this.#startPlanned || !this.isConnected) return
    this.#startPlanned = true
    queueMicrotask(() => {
      this.#startPlanned = false
      if (this.isConnected) this.#start()
    })
  }

  #start(): void {
    this.#clock = clockOf(this.getAttribute('time-zone'))
    const { src, token } = this
    try {
      if (src === '') throw new ViewerError(TROUBLE.noSource)
      const fetchToken = this.#fetchToken === undefined ? undefined : () => (this.#fetchToken as FetchToken)()
      this.#client = new ServerClient(src, token === '' ? undefined : token, fetchToken)
    } catch (error) {
      this.#client = undefined
      this.#fail(error)
      return
    }
    this.#search()
    void this.#learnAllowance(this.#client)
  }

  async #learnAllowance(client: ServerClient): Promise<void> {
    this.#form.offerExport(false)
    try {
      const { mayExport } = await client.allowance(this.#running.signal)
      if (client === this.#client) this.#form.offerExport(mayExport)
    } catch {
      // The list is told the same and shows it; without an answer, nothing is offered.
    }
  }

  #search(): void {
    const { text, from, to } = this.#form.read()
    const queries = [this.getAttribute('filter') ?? '', text].filter((query) => query.trim() !== '')
    this.#asked = { queries, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    this.#trail = [undefined]
    this.#total = undefined
    void this.#load()
  }

  #turn(direction: 1 | -1): void {
    if (direction === -1) this.#trail.pop()
    else this.#trail.push(this.#next)
    void this.#load().then(() => this.#body.querySelector<HTMLElement>('button')?.focus())
  }

  /** Shows the page that the trail ends at. */
  async #load(): Promise<void> {
    const client = this.#client
    if (client === undefined) return
    this.#running.abort()
    const running = new AbortController()
    this.#running = running
    const columns = columnsOf(this.getAttribute('columns'))
    this.#say(undefined)
    this.#body.className = 'busy'
    this.#newer.disabled = true
    this.#older.disabled = true
    this.#status.textContent = 'Loading …'
    if (this.#body.querySelector('.entry') === null) this.#body.replaceChildren(placeholderTable(columns, 8))
    try {
      const page = await client.page(this.#asked, this.#pageSize(), this.#trail.at(-1), running.signal)
      this.#show(page)
    } catch (error) {
      if (!running.signal.aborted) this.#fail(error)
    }
  }

  #show(page: EntryPage): void {
    this.#total = page.total_count ?? this.#total
    this.#next = page.next_cursor ?? undefined
    this.#body.className = ''
    this.#newer.disabled = this.#trail.length < 2
    this.#older.disabled = this.#next === undefined
    const { data } = page
    const first = (this.#trail.length - 1) * this.#pageSize() + 1
    const count = this.#total === undefined ? '' : ` of ${this.#total.toLocaleString('en')}`
    const seen =
      data.length === 0
        ? 'No entries'
        : `${first.toLocaleString('en')}–${(first + data.length - 1).toLocaleString('en')}${count}`
    const partial = page.partial === true ? ' · the newest may be missing for a moment' : ''
    this.#status.textContent = `${seen} · times in ${this.#clock.zone}${partial}`
    this.#body.replaceChildren(data.length === 0 ? this.#nothing() : this.#tableOf(data))
  }

  #tableOf(entries: readonly Entry[]): HTMLElement {
    return entryTable({
      entries,
      columns: columnsOf(this.getAttribute('columns')),
      clock: this.#clock,
      detailsOf: (entry) => {
        this.#tell('counterfoil-entry', { id: entry.id })
        const place = h('div', {}, h('p', { class: 'details muted' }, 'Loading …'))
        void this.#fillDetails(entry.id, place)
        return place
      },
    })
  }

  async #fillDetails(id: string, place: HTMLElement): Promise<void> {
    const { signal } = this.#running
    try {
      const entry = await (this.#client as ServerClient).entry(id, signal)
      place.replaceChildren(entryDetails(entry, this.#clock))
    } catch (error) {
      if (signal.aborted) return
      const { title, advice } = toTrouble(error)
      place.replaceChildren(h('p', { class: 'details', role: 'alert' }, `${title}. ${advice}`))
    }
  }

  #nothing(): HTMLElement {
    const { queries, from, to } = this.#asked
    const narrowed = queries.length > 0 || from !== undefined || to !== undefined
    return state(
      narrowed ? 'Nothing found' : 'Nothing has been recorded yet',
      narrowed
        ? 'Try other words, or a longer time.'
        : 'Entries appear here as soon as something happens. Refresh to look again.',
    )
  }

  #fail(error: unknown): void {
    const trouble = toTrouble(error)
    this.#tell('counterfoil-trouble', trouble)
    this.#body.className = ''
    this.#newer.disabled = true
    this.#older.disabled = true
    this.#status.textContent = ''
    if (trouble.kind === 'search') {
      this.#body.replaceChildren()
      this.#say(`${trouble.title} ${trouble.advice}`)
      return
    }
    const reference = trouble.requestId === undefined ? '' : ` (${trouble.requestId})`
    const again = ['busy', 'away', 'failed'].includes(trouble.kind)
      ? h('button', { type: 'button', class: 'main', click: () => void this.#load() }, 'Try again')
      : undefined
    this.#body.replaceChildren(state(trouble.title, trouble.advice + reference, again))
  }

  /** Says what is wrong with the search; undefined for nothing. */
  #say(problem: string | undefined): void {
    this.#problem.hidden = problem === undefined
    this.#problem.textContent = problem ?? ''
    this.#form.showProblem(problem)
  }

  /** Exports what is searched for, or ends the export that runs. */
  async #export(): Promise<void> {
    if (this.#exporting !== undefined) {
      this.#exporting.abort()
      return
    }
    const exporting = new AbortController()
    this.#exporting = exporting
    this.#form.setExporting(true)
    try {
      const csv = await (this.#client as ServerClient).csv(this.#asked, exporting.signal)
      download(csv, `audit-log-${new Date().toISOString().slice(0, 10)}.csv`)
      this.#say(undefined)
    } catch (error) {
      if (!exporting.signal.aborted) {
        const { title, advice } = toTrouble(error)
        this.#say(`${title}. ${advice}`)
      }
    } finally {
      this.#exporting = undefined
      this.#form.setExporting(false)
    }
  }

  #pageSize(): number {
    const asked = Number(this.getAttribute('page-size') ?? PAGE_SIZE)
    return Number.isInteger(asked) && asked >= 1 && asked <= PAGE_SIZE_MAX ? asked : PAGE_SIZE
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }
}

function toTrouble(error: unknown): Trouble {
  if (error instanceof ViewerError) return error.trouble
  throw error
}

function state(title: string, advice: string, action?: Node): HTMLElement {
  return h(
    'div',
    { class: 'state', part: 'state', role: 'status' },
    h('h2', {}, title),
    h('p', {}, advice),
    action,
  )
}

function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  h('a', { href: url, download: name }).click()
  // The browser has taken hold of it by then; without an end it stays in memory as long as the page.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
