import { AppError } from '@counterfoil/core'
import { randomBase62 } from './api-key.js'

/** What a hash costs. */
export interface HashingCost {
  /** KiB. */
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** argon2id at the OWASP minimum: 19 MiB, two passes. */
export const HASHING_COST: HashingCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Two hashes at a time leave two of libuv's four threads to files and look-ups. */
const AT_ONCE_MAX = 2
/** About a second of work; who comes later is sent away at once. */
const WAITING_MAX = 64

const LENGTH_MIN = 12
const BYTES_MAX = 1_024

/** Hash of a password as text that carries its own parameters and salt. */
export async function hashPassword(password: string, cost: HashingCost = HASHING_COST): Promise<string> {
  const { hash } = await import('@node-rs/argon2')
  return hash(password, cost)
}

/** A password nobody has to choose: about 119 random bits. */
export function makePassword(): string {
  return randomBase62(20)
}

/** Throws `invalid_request` for a password that nobody should choose. Length counts; composition does not. */
export function requireGoodPassword(password: string, email: string): void {
  const problem =
    [...password].length < LENGTH_MIN
      ? `has at least ${LENGTH_MIN} characters`
      : Buffer.byteLength(password) > BYTES_MAX
        ? `has at most ${BYTES_MAX} bytes`
        : password.normalize('NFC').trim().toLowerCase() === email
          ? 'is not the e-mail address'
          : undefined
  if (problem === undefined) return
  throw new AppError('invalid_request', { param: 'password', hint: `A password ${problem}.` })
}

/** Hashes and checks passwords off the event loop, few at a time. */
export class Passwords {
  readonly #cost: HashingCost
  /** What the password of an unknown address is checked against, so that it takes as long as that of a known one. */
  readonly #nobody: Promise<string>
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(cost: HashingCost = HASHING_COST) {
    this.#cost = cost
    this.#nobody = hashPassword(makePassword(), cost)
    // Whoever asks is told; nobody may ever ask.
    this.#nobody.catch(() => undefined)
  }

  hash(password: string): Promise<string> {
    return this.#inTurn(() => hashPassword(password, this.#cost))
  }

  /** Whether the password is the one; false, after the same work, when there is no hash. */
  async matches(password: string, passwordHash: string | undefined): Promise<boolean> {
    const against = passwordHash ?? (await this.#nobody)
    const { verify } = await import('@node-rs/argon2')
    // A longer one was never set; what is left of it takes the same time to refuse.
    const given = Buffer.from(password).subarray(0, BYTES_MAX + 1)
    const isRight = await this.#inTurn(() => verify(against, given))
    return isRight && passwordHash !== undefined
  }

  /** Throws `rate_limit_exceeded` when too many wait already. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE_MAX) {
      if (this.#waiting.length >= WAITING_MAX) {
        throw new AppError('rate_limit_exceeded', {
          hint: 'Many people are signing in. Try again in a moment.',
        })
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      // The turn is handed over, so that nobody can slip in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
