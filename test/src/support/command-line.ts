import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { AccessStore } from '@counterfoil/server/dist/access/access-store.js'
import { type AccessPlace, openAccessStore } from '@counterfoil/server/dist/access/open-access-store.js'

/** The program that ships. */
export const COUNTERFOIL = join(
  dirname(createRequire(import.meta.url).resolve('@counterfoil/server/package.json')),
  'dist',
  'main.js',
)

/** The environment of the server under test: nothing of ours may steer it. */
export function serverEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1', ...extra }
}

/**
 * Makes an organization and a key that may record and read; gives the key's token. In the store itself, which records
 * nothing of it: the log of a run holds what the run sends and nothing else.
 */
export async function provision(dataDirectory: string, slug: string): Promise<string> {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
  return provisionIn({ kind: 'sqlite', path: join(dataDirectory, 'access.db') }, slug)
}

/** The same for many organizations; gives their keys' tokens. */
export async function provisionAll(
  dataDirectory: string,
  slugs: readonly string[],
): Promise<readonly string[]> {
  const store = await openAccessStore({ kind: 'sqlite', path: join(dataDirectory, 'access.db') })
  try {
    const tokens: string[] = []
    for (const slug of slugs) tokens.push(await addKey(store, slug))
    return tokens
  } finally {
    await store.close()
  }
}

/** The same, wherever the access store is. */
export async function provisionIn(place: AccessPlace, slug: string): Promise<string> {
  const store = await openAccessStore(place)
  try {
    return await addKey(store, slug)
  } finally {
    await store.close()
  }
}

async function addKey(store: AccessStore, slug: string): Promise<string> {
  const organization = await store.createOrganization(slug)
  const key = { organization, mode: 'live', scopes: ['audit:write', 'audit:read'], name: '' } as const
  return (await store.createKey(key)).token
}
