import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

export const VIEWER_SCRIPT_PATH = '/viewer/counterfoil-viewer.js'

/**
 * Serves the script of the embeddable viewer to pages anywhere: it is the same for everybody and reads nothing without
 * a token. Its path stays, so browsers ask now and then whether it has changed.
 */
export function addViewerScript(server: FastifyInstance): void {
  const script = readFileSync(
    createRequire(import.meta.url).resolve('@counterfoil/viewer/counterfoil-viewer.js'),
  )
  const compressed = gzipSync(script, { level: 9 })
  const tag = `"${createHash('sha256').update(script).digest('base64url').slice(0, 22)}"`
  server.get(VIEWER_SCRIPT_PATH, (request, reply) => {
    reply.headers({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      etag: tag,
      vary: 'accept-encoding',
    })
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(script)
    return reply.header('content-encoding', 'gzip').send(compressed)
  })
}
