import type { EntryPage, WholeEntry } from './entry.js'
import { TROUBLE, troubleOf, ViewerError } from './trouble.js'

/** Gives a viewer token; called when there is none and when the one there was has ended. */
export type FetchToken = () => string | Promise<string>

/** What is asked for; the same for a list and an export. */
export interface Asked {
  /** Search texts that must all hold. */
  readonly queries: readonly string[]
  /** RFC 3339, inclusive. */
  readonly from?: string
  readonly to?: string
}

/** What the token permits. */
export interface Allowance {
  readonly mayExport: boolean
}

/** Reads from a Counterfoil server with a viewer token. Everything throws `ViewerError`. */
export class ServerClient {
  readonly #src: URL
  readonly #fetchToken: FetchToken | undefined
  #token: string | undefined
  #fetching: Promise<string> | undefined

  constructor(src: string, token: string | undefined, fetchToken: FetchToken | undefined) {
    if (!URL.canParse(src, document.baseURI)) throw new ViewerError(TROUBLE.noSource)
    this.#src = new URL(src.endsWith('/') ? src : `${src}/`, document.baseURI)
    this.#token = token
    this.#fetchToken = fetchToken
  }

  /** A page of entries, newest first; counted when there is no cursor. */
  async page(
    asked: Asked,
    limit: number,
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<EntryPage> {
    const parameters = parametersOf(asked)
    parameters.append('expand[]', 'data.actor')
    parameters.append('limit', String(limit))
    if (cursor === undefined) parameters.append('include_count', 'true')
    else parameters.append('cursor', cursor)
    return this.#json(`v1/audit_log_entries?${parameters}`, signal)
  }

  async entry(id: string, signal: AbortSignal): Promise<WholeEntry> {
    const parts = ['actor', 'diff', 'chain'].map((part) => `expand[]=${part}`).join('&')
    return this.#json(`v1/audit_log_entries/${encodeURIComponent(id)}?${parts}`, signal)
  }

  async allowance(signal: AbortSignal): Promise<Allowance> {
    const { permissions } = await this.#json<{ readonly permissions: readonly string[] }>('v1/me', signal)
    return { mayExport: permissions.includes('entries.export') }
  }

  /** Every entry that is asked for, as CSV. Rejects when it breaks off: what arrives is whole. */
  async csv(asked: Asked, signal: AbortSignal): Promise<Blob> {
    const parameters = parametersOf(asked)
    parameters.append('format', 'csv')
    const response = await this.#get(`v1/audit_log_entries/export?${parameters}`, signal)
    try {
      return await response.blob()
    } catch (error) {
      if (signal.aborted) throw error
      throw new ViewerError({ ...TROUBLE.away, title: 'The export broke off' }, { cause: error })
    }
  }

  async #json<T>(path: string, signal: AbortSignal): Promise<T> {
    const response = await this.#get(path, signal)
    return (await response.json()) as T
  }

  async #get(path: string, signal: AbortSignal): Promise<Response> {
    const tried = this.#token
    const token = await this.#requireToken()
    const response = await this.#send(path, token, signal)
    if (response.ok) return response
    const trouble = await troubleOf(response)
    // A token that has just been fetched and is refused would be refused again.
    if (trouble.kind !== 'token_ended' || tried === undefined || this.#fetchToken === undefined)
      throw new ViewerError(trouble)
    if (this.#token === token) this.#token = undefined
    const again = await this.#send(path, await this.#requireToken(), signal)
    if (again.ok) return again
    throw new ViewerError(await troubleOf(again))
  }

  async #send(path: string, token: string, signal: AbortSignal): Promise<Response> {
    try {
      // The token is all that says who asks: cookies of the server stay at home.
      return await fetch(new URL(path, this.#src), {
        headers: { authorization: `Bearer ${token}` },
        credentials: 'omit',
        signal,
      })
    } catch (error) {
      if (signal.aborted) throw error
      throw new ViewerError(TROUBLE.away, { cause: error })
    }
  }

  /** The token; requests that need one at the same time wait for the same. */
  async #requireToken(): Promise<string> {
    if (this.#token !== undefined) return this.#token
    const fetchToken = this.#fetchToken
    if (fetchToken === undefined) throw new ViewerError(TROUBLE.noToken)
    this.#fetching ??= (async () => fetchToken())()
    try {
      this.#token = await this.#fetching
    } catch (error) {
      throw new ViewerError(TROUBLE.tokenEnded, { cause: error })
    } finally {
      this.#fetching = undefined
    }
    return this.#token
  }
}

function parametersOf({ queries, from, to }: Asked): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const query of queries) parameters.append('query', query)
  if (from !== undefined) parameters.append('from_date', from)
  if (to !== undefined) parameters.append('to_date', to)
  return parameters
}
