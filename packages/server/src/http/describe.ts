import type { FastifyInstance } from 'fastify'
import { type OpenApiPart, openApiDocument } from './openapi.js'
import { sendJson } from './route.js'

/** `/openapi.json`: no key needed, as it says nothing about anybody's entries. */
export function addDescription(
  server: FastifyInstance,
  parts: readonly OpenApiPart[],
  version: string,
): void {
  const document = JSON.stringify(openApiDocument(parts, version))
  server.get('/openapi.json', async (_request, reply) => sendJson(reply, 200, document))
}
