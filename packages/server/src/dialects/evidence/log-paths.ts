import type { LogName } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'
import {
  type Parameters,
  type ParameterValues,
  type RawQuery,
  readParameters,
} from '../../http/parameters.js'

/** Where a log's evidence is found, and who may have it. */
export interface LogPaths {
  /** Before `/checkpoint`, `/tile/…` and the rest. */
  readonly prefix: string
  /** The log that a request is about. Throws when the caller may not have its evidence. */
  readonly logOf: (request: FastifyRequest) => Promise<LogName>
  /** Whether anybody may keep what is answered on the way. */
  readonly isPublic: boolean
}

/** The log that a request is about, and its parameters. Who asks comes first where that matters. */
export async function readRequest<Spec extends Parameters>(
  { logOf, isPublic }: LogPaths,
  request: FastifyRequest,
  spec: Spec,
): Promise<{ readonly log: LogName; readonly values: ParameterValues<Spec> }> {
  const query = request.query as RawQuery
  if (isPublic) readParameters(spec, query)
  const log = await logOf(request)
  return { log, values: readParameters(spec, query) }
}
