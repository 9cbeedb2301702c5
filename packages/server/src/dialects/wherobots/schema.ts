import { NEEDLE_CHARS_MAX, parseRfc3339 } from '@counterfoil/core'
import { integerParameter, type Parameter } from '../../http/parameters.js'

/** The properties of an event, in the order of the vendor's OpenAPI document; the columns of the CSV. */
export const EVENT_PROPERTIES = [
  'event_id',
  'event_time',
  'action_name',
  'user_id',
  'user_name',
  'user_agent',
  'source_ip',
  'resource_name',
  'resource_id',
  'compute_region',
  'client_chain',
  'source_client',
] as const
export type EventProperty = (typeof EVENT_PROPERTIES)[number]

/** `AuditLogEventPublic`. */
export interface WherobotsEvent extends Readonly<Record<EventProperty, string | null>> {
  readonly event_id: string
  readonly event_time: string
  readonly action_name: string
}

/** `CursorPage[AuditLogEventPublic]`. */
export interface WherobotsPage {
  readonly items: readonly WherobotsEvent[]
  readonly total: number
  readonly current_page: string | null
  readonly current_page_backwards: string | null
  readonly previous_page: string | null
  readonly next_page: string | null
}

const TIME: Parameter<number> = {
  schema: { type: 'string', format: 'date-time' },
  description:
    'an ISO 8601 time with a zone, such as 2025-02-20T18:09:00Z, 2025-02-20T18:09:00.123Z or 2025-02-20T18:09:00-08:00; inclusive. In a URL, write the "+" of an offset as %2B.',
  read: (text) => parseRfc3339(text)?.epochMicroseconds,
}

export const EXPORT_PARAMETERS = {
  startTime: TIME,
  endTime: TIME,
  searchTerm: {
    schema: { type: 'string', maxLength: NEEDLE_CHARS_MAX },
    description: `text of at most ${NEEDLE_CHARS_MAX} characters, without NUL, that some field of the event contains, whatever its case.`,
    read: (text) => (text.length <= NEEDLE_CHARS_MAX && !text.includes('\0') ? text : undefined),
  } satisfies Parameter<string>,
} as const

export const SIZE_DEFAULT = 50
const SIZE_MAX = 100

export const QUERY_PARAMETERS = {
  ...EXPORT_PARAMETERS,
  cursor: {
    schema: { type: ['string', 'null'] },
    description: 'a cursor of an earlier page.',
    read: (text) => text,
  } satisfies Parameter<string>,
  size: integerParameter(
    `items of a page, 0 to ${SIZE_MAX}; 0 gives the total alone.`,
    0,
    SIZE_MAX,
    SIZE_DEFAULT,
  ),
} as const
