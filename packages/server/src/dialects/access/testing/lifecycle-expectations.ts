import { ERASURES } from './erasure-expectations.js'
import { PLATFORM_LOGS } from './platform-log-expectations.js'
import { RETENTION } from './retention-expectations.js'

/** What the matrix expects of what becomes of logs. */
export const LIFECYCLE = { ...ERASURES, ...RETENTION, ...PLATFORM_LOGS }
