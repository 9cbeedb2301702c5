import type { FastifyRequest } from 'fastify'
import type { AccessStore } from '../access/access-store.js'
import { actorOf } from '../access/administration/doer.js'
import { note } from '../access/administration/note.js'
import type { Settings } from '../settings/settings.js'
import { requestContext } from './request-context.js'
import type { Caller } from './route.js'

/** A caller who reads is noted once in this time, however much they read. */
const WINDOW_MS = 15 * 60_000
const CALLERS_MAX = 10_000

/** Entries that tell who has read entries. */
export class ReadNotes {
  readonly #access: AccessStore
  readonly #whose: Settings['audit_reads']
  /** When a caller was noted last, and when that is committed. */
  readonly #noted = new Map<string, { readonly at: number; readonly done: Promise<void> }>()

  constructor(access: AccessStore, whose: Settings['audit_reads']) {
    this.#access = access
    this.#whose = whose
  }

  /** Resolves when it is noted, before anything is sent, that a caller is being shown entries. */
  async noteRead(caller: Caller, request: FastifyRequest): Promise<void> {
    if (!this.#isNoted(caller)) return
    const name = `${caller.key.keyId} ${caller.log.organization_id}`
    const now = performance.now()
    const last = this.#noted.get(name)
    if (last !== undefined && now - last.at < WINDOW_MS) return last.done
    if (this.#noted.size >= CALLERS_MAX) this.#noted.clear()
    const noting = { at: now, done: this.#note(caller, request) }
    this.#noted.set(name, noting)
    try {
      await noting.done
    } catch (error) {
      // What could not be noted is noted with the next request.
      if (this.#noted.get(name) === noting) this.#noted.delete(name)
      throw error
    }
  }

  async #note({ key, log }: Caller, request: FastifyRequest): Promise<void> {
    await this.#access.transaction((access) =>
      note(access, {
        organizationId: log.organization_id,
        mode: log.mode,
        action: 'log.read',
        by: { actor: actorOf(key), context: requestContext(request) },
        resource: { type: 'log', id: `${log.organization_id}/${log.mode}` },
        metadata: { path: pathOf(request), window_seconds: WINDOW_MS / 1_000 },
      }),
    )
  }

  #isNoted({ key, log, scope }: Caller): boolean {
    if (scope === 'audit:write') return false
    // What an operator reads of a customer is always told.
    if (log.organization_id !== key.organizationId) return true
    return this.#whose === 'all' || (this.#whose === 'people' && key.role !== undefined)
  }
}

/** The path without its query, which may hold what somebody searches for. */
export function pathOf(request: FastifyRequest): string {
  return (request.url.split('?', 1)[0] as string).slice(0, 1_000)
}
