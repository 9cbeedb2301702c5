import { sharedGraphQlPath } from '../../graphql/openapi.js'
import type { OpenApiPart } from '../../http/openapi.js'

export const NATIVE_GRAPHQL_OPENAPI: OpenApiPart = {
  paths: sharedGraphQlPath(
    "GraphQL: ours with a bearer token, a vendor's with that vendor's headers",
    'graphQl',
  ),
  schemas: {},
}
