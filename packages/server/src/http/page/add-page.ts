import { AppError } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ASK_EACH_TIME, FOR_EVER, PAGE_HEADERS } from './page-headers.js'
import { readSiteFiles, type SiteFile, type SiteFiles } from './site-files.js'

/** What a server does with requests that are for the page. */
export interface Page {
  /** Answers a browser that goes to a path of the page; undefined when the request is none of that kind. */
  answerVisit(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined
  /** The same for a path of programs that the page has a console for: gone to by a browser with nothing to ask. */
  answerConsole(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined
}

/** Where programs ask, and people find a console. */
const CONSOLE_PATH = '/graphql'

/** Paths of programs: what is not there is told them as ever, also in a browser. */
const NO_PAGES = /^\/(?:v\d+|assets|api|graphql|audit-logs?)(?:\/|$)/

/**
 * Serves the page: `/`, its files, and every path that a browser goes to and no route has, for the page has paths of
 * its own and finds out there what to show.
 */
export function addPage(server: FastifyInstance): Page {
  const files = readSiteFiles()
  const start = files.get('index.html')
  if (start === undefined) throw new Error('The page is not built: npm run build')
  server.get('/', (request, reply) => send(request, reply, start, ASK_EACH_TIME))
  server.get('/icon.svg', (request, reply) => sendNamed(files, 'icon.svg', request, reply, ASK_EACH_TIME))
  server.get<{ Params: { '*': string } }>('/assets/*', (request, reply) =>
    sendNamed(files, `assets/${request.params['*']}`, request, reply, FOR_EVER),
  )
  return {
    answerVisit: (request, reply) =>
      isVisit(request) && !NO_PAGES.test(pathOf(request))
        ? send(request, reply, start, ASK_EACH_TIME)
        : undefined,
    answerConsole: (request, reply) =>
      isVisit(request) && request.url === CONSOLE_PATH && request.headers.authorization === undefined
        ? send(request, reply, start, ASK_EACH_TIME)
        : undefined,
  }
}

/** Whether a browser goes there, which says that it wants a page. */
function isVisit({ method, headers }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html')
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] as string
}

function sendNamed(
  files: SiteFiles,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
  caching: string,
): FastifyReply {
  const file = files.get(name)
  if (file !== undefined) return send(request, reply, file, caching)
  throw new AppError('not_found', { hint: 'The page has no such file: load the page anew.' })
}

function send(request: FastifyRequest, reply: FastifyReply, file: SiteFile, caching: string): FastifyReply {
  const accepted = request.headers['accept-encoding'] ?? ''
  const [encoding, bytes] =
    file.brotli !== undefined && /\bbr\b/.test(accepted)
      ? (['br', file.brotli] as const)
      : file.gzip !== undefined && /\bgzip\b/.test(accepted)
        ? (['gzip', file.gzip] as const)
        : ([undefined, file.bytes] as const)
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  if (file.brotli !== undefined || file.gzip !== undefined) reply.header('vary', 'accept-encoding')
  return reply
    .headers(PAGE_HEADERS)
    .headers({ 'content-type': file.contentType, 'cache-control': caching })
    .send(bytes)
}
