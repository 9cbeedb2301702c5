import { ACTOR_TYPES, PAGE_OFFSET_MAX } from '@counterfoil/core'
import { choiceParameter, integerParameter, textParameter } from '../../http/parameters.js'
import { SELECTION_PARAMETERS, TIME_PARAMETER } from '../../http/selection-parameters.js'
import { EXPAND_PATHS, EXPAND_PATHS_MAX } from './expand.js'

export const LIST_LIMIT_DEFAULT = 50
const LIST_LIMIT_MAX = 200
export const ACTIVITY_LIMIT_DEFAULT = 20
const ACTIVITY_LIMIT_MAX = 100
export const VERIFY_LIMIT_DEFAULT = 1_000
export const VERIFY_LIMIT_MAX = 10_000

const STARTING_AFTER = textParameter(
  'id of an entry, or a next_cursor: the page begins after it, in the order of the list.',
)
const CURSOR = textParameter('next_cursor of the page before.')

/** `GET /v1/audit_log_entries`. */
export const LIST_PARAMETERS = {
  limit: integerParameter(`how many entries, 1 to ${LIST_LIMIT_MAX}.`, 1, LIST_LIMIT_MAX, LIST_LIMIT_DEFAULT),
  starting_after: STARTING_AFTER,
  ending_before: textParameter('id of an entry: the page ends before it, in the order of the list.'),
  cursor: CURSOR,
  offset: integerParameter(
    'how many entries to pass over, for jumps; to walk through all, follow next_cursor.',
    0,
    PAGE_OFFSET_MAX,
    0,
  ),
  order: choiceParameter('desc: newest first, which is the default; asc: oldest first.', ['asc', 'desc']),
  include_count: choiceParameter('true adds total_count.', ['true', 'false']),
  'expand[]': textParameter(
    `what to add to each entry, at most ${EXPAND_PATHS_MAX} of: ${EXPAND_PATHS.map((path) => `data.${path}`).join(', ')}.`,
  ),
  ...SELECTION_PARAMETERS,
} as const

/** `GET /v1/audit_log_entries/{id}`. */
export const RETRIEVE_PARAMETERS = {
  'expand[]': textParameter(`what to add, at most ${EXPAND_PATHS_MAX} of: ${EXPAND_PATHS.join(', ')}.`),
} as const

/** Body of `POST /v1/audit_log_entries/verify`. */
export const VERIFY_MEMBERS = ['from_date', 'to_date', 'limit', 'from_seq', 'to_seq'] as const

const ACTIVITY_OF_ANYTHING = {
  limit: integerParameter(
    `how many events, 1 to ${ACTIVITY_LIMIT_MAX}.`,
    1,
    ACTIVITY_LIMIT_MAX,
    ACTIVITY_LIMIT_DEFAULT,
  ),
  starting_after: STARTING_AFTER,
  cursor: CURSOR,
  action: SELECTION_PARAMETERS.action,
  actor_type: choiceParameter('exact kind of actor; repeat for any of several.', ACTOR_TYPES),
  actor_id: SELECTION_PARAMETERS.actor_id,
  created_after: TIME_PARAMETER,
  created_before: TIME_PARAMETER,
  search: SELECTION_PARAMETERS.search,
  q: SELECTION_PARAMETERS.q,
} as const

/** `GET /v1/resources/{type}/{id}/activity`: the path names the resource. */
export const RESOURCE_ACTIVITY_PARAMETERS = ACTIVITY_OF_ANYTHING

/** `GET /v1/activity`. */
export const ACTIVITY_PARAMETERS = {
  ...ACTIVITY_OF_ANYTHING,
  resource_type: SELECTION_PARAMETERS.resource_type,
  resource_id: SELECTION_PARAMETERS.resource_id,
} as const
