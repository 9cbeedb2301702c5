import { h, visible } from './dom.js'
import { actorName, type Entry, ERASED, thingName } from './entry.js'
import type { Clock } from './time.js'

interface Column {
  readonly label: string
  readonly cell: (entry: Entry, clock: Clock) => Node | string
}

const textColumn = (label: string, text: (entry: Entry) => string | null): Column => ({
  label,
  cell: (entry) => visible(text(entry) ?? '') || '–',
})

/** Everything that a list can show of an entry. */
const COLUMNS = {
  time: {
    label: 'Time',
    cell: ({ created_at: time }, clock) => h('time', { datetime: time, title: time }, clock.show(time)),
  },
  actor: {
    label: 'Who',
    cell: (entry) => {
      const name = actorName(entry)
      const email = entry.actor?.email
      return h(
        'span',
        { class: 'two-lines' },
        h('bdi', {}, visible(name)),
        email && email !== name ? h('small', {}, visible(email)) : undefined,
      )
    },
  },
  action: {
    label: 'What',
    cell: (entry) =>
      h(
        'span',
        { class: 'tagged' },
        h('code', {}, ...breakable(visible(entry.action ?? ERASED))),
        entry.severity === null || entry.severity === 'info' || entry.severity === 'debug'
          ? undefined
          : badge(entry.severity),
        entry.outcome === null || entry.outcome === 'success' ? undefined : badge(entry.outcome),
      ),
  },
  resource: textColumn('Resource', ({ resource }) => (resource === null ? null : thingName(resource))),
  ip_address: textColumn('IP address', ({ ip_address }) => ip_address),
  severity: { label: 'Severity', cell: ({ severity }) => badge(severity ?? ERASED) },
  outcome: { label: 'Outcome', cell: ({ outcome }) => badge(outcome ?? ERASED) },
  user_agent: textColumn('User agent', ({ user_agent }) => user_agent),
  region: textColumn('Region', ({ region }) => region),
  workspace: textColumn('Workspace', ({ workspace }) => workspace?.name ?? workspace?.id ?? null),
  description: textColumn('Description', ({ description }) => description),
} as const satisfies Record<string, Column>

export type ColumnName = keyof typeof COLUMNS
const DEFAULT: readonly ColumnName[] = ['time', 'actor', 'action', 'resource', 'ip_address']

/** Columns of a list of names with commas; those that are none are left out, and with none left the usual ones are shown. */
export function columnsOf(names: string | null): readonly (readonly [ColumnName, Column])[] {
  const asked = (names ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name): name is ColumnName => Object.hasOwn(COLUMNS, name))
  const chosen = asked.length === 0 ? DEFAULT : [...new Set(asked)]
  return chosen.map((name) => [name, COLUMNS[name]] as const)
}

/** A dotted slug that breaks after its dots and underscores rather than within a word. */
function breakable(slug: string): (Node | string)[] {
  return slug.split(/(?<=[._])/).flatMap((part) => [part, h('wbr')])
}

/** A severity or an outcome: its colour says nothing that its text does not. */
export function badge(value: string): HTMLElement {
  return h('span', { class: 'badge', 'data-value': value }, visible(value))
}
