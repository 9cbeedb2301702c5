import type { ColumnName, columnsOf } from './columns.js'
import { h } from './dom.js'
import { actorName, type Entry, ERASED } from './entry.js'
import type { Clock } from './time.js'

interface TableOptions {
  readonly entries: readonly Entry[]
  readonly columns: ReturnType<typeof columnsOf>
  readonly clock: Clock
  /** What is shown below an entry that is opened; what cannot be shown says so itself. */
  readonly detailsOf: (entry: Entry) => HTMLElement
}

// A list of entries, each of which opens below its row. Roles are written out: where rows are laid out as cards, browsers forget what a table is.
export function entryTable({ entries, columns, clock, detailsOf }: TableOptions): HTMLElement {
  const heads = columns.map(([, { label }]) => h('th', { role: 'columnheader', scope: 'col' }, label))
  return h(
    'table',
    { class: 'table', role: 'table', part: 'table', 'aria-label': 'Entries' },
    h(
      'thead',
      { role: 'rowgroup' },
      h('tr', { role: 'row' }, h('td', { role: 'cell', class: 'toggle' }), ...heads),
    ),
    h('tbody', { role: 'rowgroup' }, ...entries.map((entry) => entryRow(entry, columns, clock, detailsOf))),
  )
}

function entryRow(
  entry: Entry,
  columns: TableOptions['columns'],
  clock: Clock,
  detailsOf: TableOptions['detailsOf'],
): HTMLElement {
  const button = h(
    'button',
    {
      type: 'button',
      'aria-expanded': 'false',
      'aria-label': `Details of ${entry.action ?? ERASED} by ${actorName(entry)}, ${clock.show(entry.created_at)}`,
    },
    chevron(),
  )
  const cells = columns.map(([name, { label, cell }]: readonly [ColumnName, (typeof columns)[number][1]]) =>
    h('td', { role: 'cell', class: name, 'data-label': label }, cell(entry, clock)),
  )
  const row = h(
    'tr',
    { role: 'row', class: 'entry', part: 'row' },
    h('td', { role: 'cell', class: 'toggle' }, button),
    ...cells,
  )
  let below: HTMLElement | undefined
  const toggle = () => {
    if (below === undefined) {
      below = h(
        'tr',
        { role: 'row', class: 'below open' },
        h('td', { role: 'cell', colspan: columns.length + 1 }, detailsOf(entry)),
      )
      row.after(below)
    } else {
      below.remove()
      below = undefined
    }
    row.classList.toggle('open', below !== undefined)
    button.setAttribute('aria-expanded', String(below !== undefined))
  }
  row.addEventListener('click', () => {
    // Who marks text to copy it does not mean to open anything.
    if (document.getSelection()?.type !== 'Range') toggle()
  })
  return row
}

/** A drawing; the button that it is in says what it does. */
function chevron(): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  for (const [name, value] of Object.entries({
    viewBox: '0 0 16 16',
    width: '14',
    height: '14',
    'aria-hidden': 'true',
  }))
    svg.setAttribute(name, value)
  for (const [name, value] of Object.entries({
    d: 'M5.5 3l5 5-5 5',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '1.8',
  }))
    path.setAttribute(name, value)
  svg.append(path)
  return svg
}

/** What is shown in place of rows that are on their way. */
export function placeholderTable(columns: TableOptions['columns'], rows: number): HTMLElement {
  const row = () =>
    h(
      'tr',
      {},
      h('td', { class: 'toggle' }),
      ...columns.map(() => h('td', {}, h('span', { class: 'skeleton' }))),
    )
  return h(
    'div',
    { 'aria-hidden': 'true' },
    h('table', { class: 'table' }, h('tbody', {}, ...Array.from({ length: rows }, row))),
  )
}
