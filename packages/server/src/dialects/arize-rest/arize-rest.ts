import type { Dialect } from '../../http/route.js'
import { addList, NEXT_CURSOR_AT_END } from './list.js'
import { ARIZE_REST_OPENAPI } from './openapi.js'
import { toProblem } from './problem.js'

/** Arize AX's REST list of audit logs. */
export const ARIZE_REST: Dialect = {
  name: 'arize-rest',
  routes: [addList],
  openapi: ARIZE_REST_OPENAPI,
  toErrorAnswer: toProblem,
  switches: { next_cursor_at_end: NEXT_CURSOR_AT_END },
}
