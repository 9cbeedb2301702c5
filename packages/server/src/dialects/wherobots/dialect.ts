import { OWN_ACTION_NAMES } from '../../http/own-action-names.js'
import type { Dialect } from '../../http/route.js'
import { SUGGESTION_SWITCH, toErrorBody } from './errors.js'
import { WHEROBOTS_OPENAPI } from './openapi.js'
import { addExport, addQuery, CSV_FORMULAS_SWITCH, REQUIRED_TIMES_SWITCH } from './route.js'

/** The audit log of Wherobots Cloud: a CSV export, and the query that its own pages use. */
export const WHEROBOTS: Dialect = {
  name: 'wherobots',
  routes: [addExport, addQuery],
  openapi: WHEROBOTS_OPENAPI,
  toErrorAnswer: toErrorBody,
  switches: {
    required_times: REQUIRED_TIMES_SWITCH,
    csv_formulas: CSV_FORMULAS_SWITCH,
    suggestion: SUGGESTION_SWITCH,
    own_action_names: OWN_ACTION_NAMES,
  },
}
