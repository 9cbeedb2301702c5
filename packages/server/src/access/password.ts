import { randomBase62 } from './api-key.js'

/** argon2id at the OWASP minimum: 19 MiB, two passes. `hash` and `verify` run off the event loop. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Hash of a password as text that carries its own parameters and salt. */
export async function hashPassword(password: string): Promise<string> {
  const { hash } = await import('@node-rs/argon2')
  return hash(password, PARAMETERS)
}

/** Whether the password is the one. */
export async function isPassword(password: string, passwordHash: string): Promise<boolean> {
  const { verify } = await import('@node-rs/argon2')
  return verify(passwordHash, password)
}

/** A password nobody has to choose: about 119 random bits. */
export function makePassword(): string {
  return randomBase62(20)
}
