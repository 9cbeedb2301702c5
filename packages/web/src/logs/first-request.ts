import { askAheadForEntries } from '../api/entries.js'
import { currentLocation } from '../router/location.js'
import { zoneOf } from '../time/zone.js'
import { isLogsPath, readLogsState } from './logs-state.js'
import { firstBlockQuery, selectionOf } from './selection.js'

// The first entries are asked for before React is there: the server looks for them while the browser reads the rest of
// the page.

const OPENED_AT = Date.now()
/** Milliseconds; what takes the page longer to appear has been asked for in vain. */
const AHEAD_MAX = 3_000

/** The moment that relative times count from when the log appears: that of the first request, if it has just been sent. */
export function momentOfFirstRequest(): number {
  const now = Date.now()
  return now - OPENED_AT < AHEAD_MAX ? OPENED_AT : now
}

const opened = currentLocation()
if (isLogsPath(opened.path)) {
  const selection = selectionOf(readLogsState(opened), OPENED_AT, zoneOf(opened.params))
  askAheadForEntries(firstBlockQuery(selection), AHEAD_MAX)
}
