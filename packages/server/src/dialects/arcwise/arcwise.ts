import { OWN_ACTION_NAMES } from '../../http/own-action-names.js'
import type { Dialect } from '../../http/route.js'
import { toArcwiseError } from './arcwise-error.js'
import { BEARER_SPELLING } from './bearer-spelling.js'
import { addEventHistory } from './event-history.js'
import { ROLE_EVENT_NAME } from './event-shape.js'
import { ARCWISE_OPENAPI } from './openapi.js'

/** Arcwise's event history. */
export const ARCWISE: Dialect = {
  name: 'arcwise',
  routes: [addEventHistory],
  openapi: ARCWISE_OPENAPI,
  toErrorAnswer: toArcwiseError,
  switches: {
    bearer_spelling: BEARER_SPELLING,
    role_event_name: ROLE_EVENT_NAME,
    own_action_names: OWN_ACTION_NAMES,
  },
}
