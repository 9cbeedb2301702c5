import type { FastifyRequest } from 'fastify'
import type { OpenApiPaths, Schema } from '../../http/openapi.js'
import { type Caller, type RouteContext, requireCaller } from '../../http/route.js'
import { entityNotAllowed } from './errors.js'

// The vendor's concept pages put the entity, our organization, into every path; its reference does not. Both work.

const PLAIN = '/v1'
const BELOW_ENTITY = '/v1/entities/:entity_id'

/** Both paths of a route. */
export function pathsOf(path: string): readonly string[] {
  return [PLAIN + path, BELOW_ENTITY + path]
}

/** The caller behind a bearer token. Throws `entity_not_allowed` when the path names another entity than the key's. */
export async function requireEntityCaller(
  context: RouteContext,
  request: FastifyRequest,
  ...scopes: Parameters<typeof requireCaller>[2][]
): Promise<Caller> {
  const caller = await requireCaller(context, request, ...scopes)
  const { entity_id: entityId } = request.params as { readonly entity_id?: string }
  if (entityId !== undefined && entityId !== caller.log.organization_id) throw entityNotAllowed()
  return caller
}

const ENTITY_PARAMETER: Schema = {
  name: 'entity_id',
  in: 'path',
  required: true,
  description: 'The organization of the key.',
  schema: { type: 'string', format: 'uuid' },
}

/** What OpenAPI says of both paths of each route, from what it says of the plain one. */
export function withEntityPaths(paths: OpenApiPaths): OpenApiPaths {
  const below = Object.entries(paths).map(([path, methods]) => [
    path.replace('/v1/', '/v1/entities/{entity_id}/'),
    Object.fromEntries(
      Object.entries(methods).map(([method, operation]) => [method, belowEntity(operation)]),
    ),
  ])
  return { ...paths, ...Object.fromEntries(below) }
}

function belowEntity(operation: Schema): Schema {
  const { operationId, parameters = [] } = operation as {
    operationId: string
    parameters?: readonly Schema[]
  }
  return {
    ...operation,
    operationId: `${operationId}OfEntity`,
    parameters: [ENTITY_PARAMETER, ...parameters],
  }
}
