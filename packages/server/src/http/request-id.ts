import { randomBase62 } from '../access/api-key.js'

const CHARACTERS = 20
/** Drawn for so many requests at once: asking for random bytes for each was a twentieth of what the event loop was busy with while recording. */
const REQUESTS = 64

let drawn = ''
let used = 0

/** `req_` and 20 random characters: what a request is called in answers and logs. */
export function newRequestId(): string {
  if (used === drawn.length) {
    drawn = randomBase62(REQUESTS * CHARACTERS)
    used = 0
  }
  const start = used
  used += CHARACTERS
  return `req_${drawn.slice(start, used)}`
}
