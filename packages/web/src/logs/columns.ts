import type { Entry } from '../api/entries.js'
import { exactIso } from '../time/micros.js'

/** A cell's text, and the search key by which the same is found. */
export interface ColumnDefinition {
  readonly name: string
  readonly width: number
  /** How narrow it becomes, unless somebody chose its width, where the window is too narrow for all columns. */
  readonly least?: number
  /** What the cell says; empty for nothing. */
  readonly text: (entry: Entry) => string
  /** The key and value that find entries with the same cell; undefined where there is nothing to find. */
  readonly term?: (entry: Entry) => CellTerm | undefined
  readonly isMono?: true
}

export interface CellTerm {
  readonly key: string
  readonly value: string
  /** The key looks further than this value: `action:order` finds `order.created`, too. */
  readonly exact?: true
}

/** The key of what is searched for in every field. */
const FREE_TEXT = ''
const OPENING_MAX = 100

/** So much of a text that others hardly begin alike. */
function opening(text: string): string {
  return (text.split('\n', 1)[0] as string).slice(0, OPENING_MAX).trim()
}

/** `2026-11-21T10:02:33Z`, which stands for all of that second. */
export function wholeSecond(iso: string): string {
  return `${exactIso(iso).slice(0, 19)}Z`
}

function term(key: string, value: string | null | undefined): CellTerm | undefined {
  return value === null || value === undefined || value === '' ? undefined : { key, value }
}

/** Every column there is; `time` is written in the reader's own zone, elsewhere. */
export const COLUMNS = {
  time: {
    name: 'Time',
    width: 194,
    text: ({ created_at }) => created_at,
    term: ({ created_at }) => term('created', wholeSecond(created_at)),
  },
  severity: {
    name: 'Severity',
    width: 96,
    least: 88,
    text: ({ severity }) => severity ?? '',
    term: ({ severity }) => term('severity', severity),
  },
  user: {
    name: 'User',
    width: 170,
    least: 116,
    text: ({ actor }) => actorName(actor),
    term: ({ actor }) =>
      term('actor.id', actor?.id) ?? term('actor.email', actor?.email) ?? term('actor.label', actor?.label),
  },
  action: {
    name: 'Action',
    width: 180,
    least: 192,
    text: ({ action }) => action ?? '',
    term: ({ action }) => (action === null ? undefined : { key: 'action', value: action, exact: true }),
  },
  resource: {
    name: 'Resource',
    width: 200,
    least: 132,
    text: ({ resource }) => resource?.label ?? resource?.id ?? resource?.type ?? '',
    term: ({ resource }) => term('resource.id', resource?.id) ?? term('resource.type', resource?.type),
  },
  ip: {
    name: 'IP address',
    width: 130,
    least: 116,
    text: ({ ip_address }) => ip_address ?? '',
    term: ({ ip_address }) => term('ip', ip_address),
  },
  agent: {
    name: 'User agent',
    width: 180,
    least: 100,
    text: ({ user_agent }) => user_agent ?? '',
    // Parts are looked for, and a part may be so long.
    term: ({ user_agent }) => term('ua', user_agent?.slice(0, 256)),
  },
  region: {
    name: 'Region',
    width: 110,
    least: 96,
    text: ({ region }) => region ?? '',
    term: ({ region }) => term('region', region),
  },
  outcome: {
    name: 'Outcome',
    width: 96,
    text: ({ outcome }) => outcome ?? '',
    term: ({ outcome }) => term('outcome', outcome),
  },
  category: {
    name: 'Category',
    width: 120,
    text: ({ category }) => category ?? '',
    term: ({ category }) => term('category', category),
  },
  description: {
    name: 'Description',
    width: 320,
    text: ({ description }) => description ?? '',
    term: ({ description }) =>
      description === null || description === ''
        ? undefined
        : { key: FREE_TEXT, value: opening(description) },
  },
  type: {
    name: 'Resource type',
    width: 120,
    text: ({ resource }) => resource?.type ?? '',
    term: ({ resource }) => term('resource.type', resource?.type),
  },
  actor_type: {
    name: 'Actor type',
    width: 100,
    text: ({ actor }) => actor?.type ?? '',
    term: ({ actor }) => term('actor.type', actor?.type),
  },
  error: {
    name: 'Error code',
    width: 110,
    text: ({ error_code }) => error_code ?? '',
    term: ({ error_code }) => term('error', error_code),
  },
  location: {
    name: 'Location',
    width: 140,
    text: ({ location }) => location ?? '',
    term: ({ location }) => term('location', location),
  },
  session: {
    name: 'Session',
    width: 150,
    isMono: true,
    text: ({ session_id }) => session_id ?? '',
    term: ({ session_id }) => term('session', session_id),
  },
  request: {
    name: 'Request',
    width: 150,
    isMono: true,
    text: ({ request_id }) => request_id ?? '',
    term: ({ request_id }) => term('request', request_id),
  },
  source: {
    name: 'Source',
    width: 120,
    text: ({ source }) => source?.name ?? '',
    term: ({ source }) => term('source', source?.name),
  },
  workspace: {
    name: 'Workspace',
    width: 130,
    text: ({ workspace }) => workspace?.name ?? workspace?.id ?? '',
    term: ({ workspace }) => term('workspace.id', workspace?.id),
  },
  seq: { name: 'Seq', width: 90, isMono: true, text: ({ seq }) => String(seq) },
  id: { name: 'Entry id', width: 290, isMono: true, text: ({ id }) => id, term: ({ id }) => term('id', id) },
} as const satisfies Readonly<Record<string, ColumnDefinition>>

export type ColumnId = keyof typeof COLUMNS

export const COLUMN_IDS = Object.keys(COLUMNS) as ColumnId[]

export function columnOf(id: ColumnId): ColumnDefinition {
  return COLUMNS[id]
}

/** A column as somebody wants it, in the order of the list. */
export interface ColumnChoice {
  readonly id: ColumnId
  /** Pixels. */
  readonly width: number
}

export const COLUMN_WIDTH_MIN = 64
export const COLUMN_WIDTH_MAX = 900
const STORED = 'counterfoil.columns'
const DEFAULT: readonly ColumnId[] = [
  'time',
  'severity',
  'user',
  'action',
  'resource',
  'ip',
  'agent',
  'region',
]

/** The columns of a link, `time,user:240,action`; without any, those that were chosen last on this device. */
export function readColumns(param: string | null): readonly ColumnChoice[] {
  const chosen = parseColumns(param ?? localStorage.getItem(STORED) ?? '')
  return chosen.length > 0 ? chosen : defaultColumns()
}

export function defaultColumns(): readonly ColumnChoice[] {
  return DEFAULT.map((id) => ({ id, width: columnOf(id).width }))
}

/** The columns as a link says them, which this device remembers. Undefined for the default ones. */
export function columnParam(columns: readonly ColumnChoice[]): string | undefined {
  const text = columns
    .map(({ id, width }) => (width === columnOf(id).width ? id : `${id}:${Math.round(width)}`))
    .join(',')
  const isDefault = text === DEFAULT.join(',')
  if (isDefault) localStorage.removeItem(STORED)
  else localStorage.setItem(STORED, text)
  return isDefault ? undefined : text
}

function parseColumns(text: string): readonly ColumnChoice[] {
  const choices = text.split(',').flatMap((part): ColumnChoice[] => {
    const [id = '', width] = part.split(':')
    if (!Object.hasOwn(COLUMNS, id)) return []
    const known = id as ColumnId
    return [{ id: known, width: boundedWidth(Number(width ?? columnOf(known).width)) }]
  })
  return choices.filter(({ id }, i) => choices.findIndex((choice) => choice.id === id) === i)
}

export function boundedWidth(width: number): number {
  return Number.isFinite(width) ? Math.max(COLUMN_WIDTH_MIN, Math.min(COLUMN_WIDTH_MAX, width)) : 160
}

/** The columns as tracks of a grid, and how narrow they are together at the least. */
export function tracksOf(columns: readonly ColumnChoice[]): {
  readonly tracks: string
  readonly least: number
} {
  const bounds = columns.map(({ id, width }) => {
    const { width: usual, least = usual } = columnOf(id)
    return [width === usual ? least : width, width] as const
  })
  return {
    tracks: bounds.map(([least, width]) => `minmax(${least}px, ${width}px)`).join(' '),
    least: bounds.reduce((sum, [least]) => sum + least, 0),
  }
}

/** What somebody is called, the clearest that is known. */
export function actorName(actor: Entry['actor']): string {
  if (actor === null) return ''
  return actor.name || actor.email || actor.label || actor.id || actor.type
}
