import { useSyncExternalStore } from 'react'

/** Where the page is: its path and its query. Everything that a person sees comes from here, so that a link shows the same. */
export interface Location {
  readonly path: string
  readonly params: URLSearchParams
}

/** Parameters that every page has, and that go along from page to page. */
export const LASTING_PARAMS = ['org', 'mode', 'tz'] as const

const listeners = new Set<() => void>()
let current = read()

window.addEventListener('popstate', changed)

export function useLocation(): Location {
  return useSyncExternalStore(subscribe, currentLocation)
}

export function currentLocation(): Location {
  return current
}

/** Goes to a path with its query, such as `/logs?q=actor:ada`. `replace` leaves no step to come back to. */
export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (to === location.pathname + location.search) return
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  changed()
}

/** A link to a path of the page that keeps organization, mode and time zone. */
export function linkTo(path: string, params: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(params)
  for (const name of LASTING_PARAMS) {
    const value = current.params.get(name)
    if (value !== null && !query.has(name)) query.set(name, value)
  }
  return withQuery(path, query)
}

/** The present path with some parameters changed; undefined removes one. */
export function withParams(
  changes: Readonly<Record<string, string | undefined>>,
  path = current.path,
): string {
  const query = new URLSearchParams(current.params)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name)
    else query.set(name, value)
  }
  return withQuery(path, query)
}

/** Colons, slashes and commas may stand in a query as they are: links stay readable. */
function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%2C', ',')
  return text === '' ? path : `${path}?${text}`
}

function read(): Location {
  return { path: location.pathname, params: new URLSearchParams(location.search) }
}

/** Draws the page anew for its address, after something that it remembers besides has changed. */
export function changed(): void {
  current = read()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
