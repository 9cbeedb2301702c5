import { h } from './dom.js'
import { RANGES, type RangeName, startOf } from './time.js'

/** What somebody is looking for. */
export interface Search {
  readonly text: string
  readonly from?: string
  readonly to?: string
}

/** Search text, time and export: what is above the list. */
export interface SearchForm {
  readonly element: HTMLFormElement
  /** What the fields say at this moment; relative times from now. */
  read(): Search
  showProblem(problem: string | undefined): void
  /** The export is offered to those alone who may. */
  offerExport(offered: boolean): void
  setExporting(exporting: boolean): void
}

export function searchForm(range: RangeName, onSearch: () => void, onExport: () => void): SearchForm {
  const text = h('input', {
    type: 'search',
    name: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'Words, or actor:ada action:invoice.paid',
    'aria-describedby': 'problem',
  })
  const choice = h('select', { name: 'range', change: () => rangeChosen() }, ...RANGES.map(rangeOption))
  choice.value = range
  const from = h('input', { type: 'datetime-local', name: 'from', change: onSearch })
  const to = h('input', { type: 'datetime-local', name: 'to', change: onSearch })
  const custom = [h('label', {}, 'From', from), h('label', {}, 'To', to)]
  const exporting = h('button', { type: 'button', hidden: true, click: onExport }, 'Export CSV')
  const showCustom = () => {
    for (const label of custom) label.hidden = choice.value !== 'custom'
  }
  const rangeChosen = () => {
    showCustom()
    if (choice.value === 'custom') from.focus()
    else onSearch()
  }
  showCustom()
  const element = h(
    'form',
    {
      role: 'search',
      part: 'form',
      submit: (event) => {
        event.preventDefault()
        onSearch()
      },
    },
    h('label', { class: 'grow' }, 'Search', text),
    h('label', {}, 'Time', choice),
    ...custom,
    h('button', { type: 'submit', class: 'main' }, 'Search'),
    exporting,
  )
  return {
    element,
    read: () => readSearch(text.value, choice.value as RangeName, from.value, to.value),
    showProblem: (problem) => {
      if (problem === undefined) text.removeAttribute('aria-invalid')
      else text.setAttribute('aria-invalid', 'true')
    },
    offerExport: (offered) => {
      exporting.hidden = !offered
    },
    setExporting: (busy) => {
      exporting.textContent = busy ? 'Cancel export' : 'Export CSV'
    },
  }
}

function rangeOption({ name, label }: (typeof RANGES)[number]): HTMLOptionElement {
  return h('option', { value: name }, label)
}

/** Fields for times speak the browser's own zone. */
function readSearch(text: string, range: RangeName, fromField: string, toField: string): Search {
  const start = startOf(range, Date.now())
  const from = range === 'custom' && fromField !== '' ? new Date(fromField).toISOString() : start
  const to = range === 'custom' && toField !== '' ? new Date(toField).toISOString() : undefined
  return {
    text: text.trim(),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
}
