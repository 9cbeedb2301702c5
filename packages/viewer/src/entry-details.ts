import { type Change, changesBetween } from './changes.js'
import { badge } from './columns.js'
import { h, visible } from './dom.js'
import { actorName, type Json, thingName, type WholeEntry } from './entry.js'
import type { Clock } from './time.js'

/** Everything about one entry. */
export function entryDetails(entry: WholeEntry, clock: Clock): HTMLElement {
  const { before_state: before, after_state: after, metadata } = entry
  const told = after === null ? before : after
  return h(
    'div',
    { class: 'details', part: 'details' },
    h('p', { class: 'sentence' }, sentence(entry)),
    fields(entry, clock),
    before !== null && after !== null
      ? section('What changed', changesTable(changesBetween(before, after)))
      : told === null
        ? undefined
        : section(after === null ? 'State before' : 'State after', json(told)),
    metadata === null || Object.keys(metadata).length === 0 ? undefined : section('Metadata', json(metadata)),
    h(
      'p',
      { class: 'actions' },
      copyButton('Copy id', entry.id),
      copyButton('Copy as JSON', JSON.stringify(entry, undefined, 2)),
    ),
  )
}

/** The entry in words. */
function sentence(entry: WholeEntry): string {
  const { action, resource, outcome, description } = entry
  if (description !== null) return visible(description)
  if (action === null) return 'What this entry said was erased.'
  const tried = outcome === 'success' ? 'did' : outcome === 'denied' ? 'was denied' : 'tried'
  const on = resource === null ? '' : ` on ${thingName(resource)}`
  return visible(`${actorName(entry)} ${tried} ${action}${on}.`)
}

function fields(entry: WholeEntry, clock: Clock): HTMLElement {
  const { actor, resource, workspace } = entry
  const rows: readonly (readonly [string, Node | string | null | undefined])[] = [
    ['Recorded', `${clock.show(entry.created_at)} (${entry.created_at})`],
    ['Occurred, as sent', entry.occurred_at],
    ['Who', actor === null ? null : [actorName(entry), actor.email].filter(Boolean).join(' · ')],
    ['Kind of actor', actor?.type],
    ['Actor id', actor?.id],
    ['Action', entry.action],
    ['Category', entry.category],
    ['Resource', resource === null ? null : thingName(resource)],
    ['Resource id', resource?.id],
    ['Also about', entry.targets.map(thingName).join(', ')],
    ['Severity', entry.severity && badge(entry.severity)],
    ['Outcome', entry.outcome && badge(entry.outcome)],
    ['Error', entry.error_code],
    ['IP address', entry.ip_address],
    ['Region', entry.region ?? entry.location],
    ['User agent', entry.user_agent],
    ['Workspace', workspace?.name ?? workspace?.id],
    ['Session', entry.session_id],
    ['Request', entry.request_id],
    ['Correlation', entry.correlation_id],
    ['Erased', entry.erased_sections?.join(', ')],
    ['Entry id', entry.id],
    ['Place in the log', String(entry.seq)],
    ['Hash', entry._chain.entry_hash],
  ]
  const shown = rows.flatMap(([label, value]) =>
    value === null || value === undefined || value === ''
      ? []
      : [h('div', {}, h('dt', {}, label), h('dd', {}, typeof value === 'string' ? visible(value) : value))],
  )
  return h('dl', {}, ...shown)
}

function section(title: string, ...content: readonly Node[]): HTMLElement {
  return h('section', {}, h('h2', {}, title), ...content)
}

function changesTable(changes: readonly Change[]): HTMLElement {
  if (changes.length === 0) return h('p', { class: 'muted' }, 'Nothing: before and after are the same.')
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What changed' },
    h(
      'table',
      { class: 'changes' },
      h(
        'thead',
        {},
        h('tr', {}, ...['Field', 'Before', 'After'].map((label) => h('th', { scope: 'col' }, label))),
      ),
      h(
        'tbody',
        {},
        ...changes.map(({ path, before, after }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, visible(path.join(' › ')) || 'Everything'),
            h(
              'td',
              {},
              before === undefined
                ? h('span', { class: 'muted' }, 'was not there')
                : h('del', {}, valueText(before)),
            ),
            h(
              'td',
              {},
              after === undefined ? h('span', { class: 'muted' }, 'removed') : h('ins', {}, valueText(after)),
            ),
          ),
        ),
      ),
    ),
  )
}

function valueText(value: Json): string {
  return visible(typeof value === 'string' ? value : JSON.stringify(value, undefined, 2))
}

function json(value: Json): HTMLElement {
  return h('pre', { tabindex: 0 }, visible(JSON.stringify(value, undefined, 2)))
}

function copyButton(label: string, text: string): HTMLElement {
  const button = h('button', { type: 'button', class: 'quiet', click: () => void copy() }, label)
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      // Pages in frames and on plain HTTP may not write to the clipboard.
      () => 'The browser does not allow copying here',
    )
    button.textContent = done
    setTimeout(() => {
      button.textContent = label
    }, 2_000)
  }
  return button
}
