import { Draws } from './random.js'
import * as vocabulary from './vocabulary.js'

/** The people of the sample company and how often each thing happens there: the same for every entry of a seed. */
export interface Cast {
  readonly actors: readonly {
    readonly id: string
    readonly name: string
    readonly json: string
    /** The first three numbers of the addresses this actor comes from. */
    readonly network: string
    /** The fields of `context` that stay the same for this actor. */
    readonly clientJson: string
  }[]
  /** Each activity as many times as its weight: one draw picks by weight. */
  readonly activityByTicket: readonly vocabulary.Activity[]
}

const ACTORS = 5_000
const casts = new Map<number, Cast>()

/** The cast of a seed, made once. */
export function castOf(seed: number): Cast {
  const known = casts.get(seed)
  if (known !== undefined) return known
  const cast: Cast = {
    actors: Array.from({ length: ACTORS }, (_, place) => makeActor(seed, place)),
    activityByTicket: vocabulary.ACTIVITIES.flatMap((activity) => Array(activity.weight).fill(activity)),
  }
  casts.set(seed, cast)
  return cast
}

function makeActor(seed: number, place: number): Cast['actors'][number] {
  const draws = new Draws()
  // Entries draw from positions 0 and up; people from below 0, so that the two never share draws.
  draws.startAt(seed, -2 - place)
  const first = draws.pick(vocabulary.FIRST_NAMES)
  const last = draws.pick(vocabulary.LAST_NAMES)
  const id = `usr_${draws.hex()}${place.toString(36).padStart(4, '0')}`
  const name = `${first} ${last}`
  const email = `${first}.${last}.${place}@example.com`.toLowerCase()
  const region = draws.pick(vocabulary.REGIONS)
  return {
    id,
    name,
    json: JSON.stringify({ type: 'user', id, name, email }),
    network: `${20 + draws.below(180)}.${draws.below(256)}.${draws.below(256)}`,
    clientJson: `"user_agent":"${draws.pick(vocabulary.USER_AGENTS)}","region":"${region}"`,
  }
}
