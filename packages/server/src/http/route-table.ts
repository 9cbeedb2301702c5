import type { FastifyInstance } from 'fastify'

/** A route as it is served: prefix and all, parameters written `:name`. */
export interface ServedRoute {
  readonly method: string
  readonly path: string
}

declare module 'fastify' {
  interface FastifyInstance {
    routeTable: RouteTable
  }
}

/** Every route of a server. Fastify finds routes by their pattern alone, and we need to know by a path what is there. */
export class RouteTable {
  readonly #routes: (ServedRoute & { readonly pattern: RegExp })[] = []

  get routes(): readonly ServedRoute[] {
    return this.#routes
  }

  add(method: string, path: string): void {
    const pattern = path
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[^\w-]/g, '\\$&')))
      .join('/')
    this.#routes.push({ method, path, pattern: new RegExp(`^${pattern}$`) })
  }

  /** The methods that a path takes, without HEAD, which goes with every GET. */
  methodsOf(path: string): readonly string[] {
    const methods = this.#routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    return [...new Set(methods)].filter((method) => method !== 'HEAD').toSorted()
  }
}

/** Writes down every route that is added from now on, whatever dialect adds it. */
export function addRouteTable(server: FastifyInstance): void {
  const table = new RouteTable()
  server.decorate('routeTable', table)
  server.addHook('onRoute', ({ method, url }) => {
    for (const name of typeof method === 'string' ? [method] : method) table.add(name, url)
  })
}
