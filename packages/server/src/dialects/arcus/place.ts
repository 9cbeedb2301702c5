import { microsecondsOf, type Position } from '@counterfoil/core'
import type { ReadEntry } from '../../reading/reads.js'

/** An entry's place in the order of its log. */
export function placeOf({ recorded_at, seq }: ReadEntry): Position {
  return { recorded_at: microsecondsOf(recorded_at), seq }
}
