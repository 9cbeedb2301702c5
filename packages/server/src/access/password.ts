import { randomBase62 } from './api-key.js'

/** argon2id at the OWASP minimum: 19 MiB, two passes. `hash` and `verify` run off the event loop. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Each takes 19 MiB and a thread of the pool that files are read with: the rest wait. */
const AT_ONCE_MAX = 2
let running = 0
const waiting: (() => void)[] = []

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE_MAX) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    // The place goes to the next in line, or is free.
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

/** Hash of a password as text that carries its own parameters and salt. */
export async function hashPassword(password: string): Promise<string> {
  const { hash } = await import('@node-rs/argon2')
  return inTurn(() => hash(password, PARAMETERS))
}

/** Whether the password is the one. */
export async function isPassword(password: string, passwordHash: string): Promise<boolean> {
  const { verify } = await import('@node-rs/argon2')
  return inTurn(() => verify(passwordHash, password))
}

/** A password nobody has to choose: about 119 random bits. */
export function makePassword(): string {
  return randomBase62(20)
}
