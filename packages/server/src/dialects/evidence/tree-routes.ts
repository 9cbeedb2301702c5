import {
  AppError,
  type BundlePlace,
  EvidenceError,
  encodeBase64,
  hashesAtLevel,
  parseBundlePath,
  parseTilePath,
  TILE_WIDTH,
  type TilePlace,
} from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import { type Parameter, single } from '../../http/parameters.js'
import { type RouteContext, sendJson } from '../../http/route.js'
import { type LogPaths, readRequest } from './log-paths.js'

/** A tile never changes, nor does a partial one. */
const FOR_EVER = 'max-age=31536000, immutable'

export const CONSISTENCY_PARAMETERS = {
  from: sizeParameter('size of the tree that you know; 0 to the size of the checkpoint.'),
  to: sizeParameter('size of the tree that began with it; that of the newest checkpoint when left out.'),
} as const

/** A log's tree as C2SP tlog-tiles lays it out, and proofs that one tree begins with another. */
export function addTree(server: FastifyInstance, context: RouteContext, paths: LogPaths): void {
  const { prefix, isPublic } = paths
  server.get<{ Params: { '*': string } }>(`${prefix}/tile/*`, async (request, reply) => {
    const { log } = await readRequest(paths, request, {})
    const place = placeOf(`tile/${request.params['*']}`)
    const { size } = await context.evidence.require(log)
    const first = place.index * TILE_WIDTH
    const level = 'level' in place ? place.level : 0
    if (first + place.width > hashesAtLevel(size, level)) throw noSuchTile()
    const bytes =
      'level' in place
        ? await context.reads.treeHashes(log, { level, first, count: place.width })
        : await context.reads.leafBundle(log, first, place.width)
    return reply
      .header('content-type', 'application/octet-stream')
      .header('cache-control', `${isPublic ? 'public' : 'private'}, ${FOR_EVER}`)
      .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  })
  server.get(`${prefix}/consistency`, async (request, reply) => {
    const { log, values } = await readRequest(paths, request, CONSISTENCY_PARAMETERS)
    const { origin, size } = await context.evidence.require(log)
    const from = single('from', values.from) ?? 0
    const to = single('to', values.to) ?? size
    requireWithin('to', to, size)
    requireWithin('from', from, to)
    const hashes = await context.reads.consistency(log, from, to)
    const shape = { object: 'consistency_proof', origin, from, to, hashes: hashes.map(encodeBase64) }
    return sendJson(reply, 200, JSON.stringify(shape))
  })
}

/** The tile or the bundle of entries at a path. Throws `not_found` for one that is written in any other way. */
function placeOf(path: string): TilePlace | BundlePlace {
  try {
    return path.startsWith('tile/entries/') ? parseBundlePath(path) : parseTilePath(path)
  } catch (error) {
    throw error instanceof EvidenceError ? noSuchTile() : error
  }
}

function noSuchTile(): AppError {
  return new AppError('not_found', {
    hint: 'The tree under the newest checkpoint has no such tile. Tiles are at tile/<level>/<index> and tile/entries/<index>, partial ones end in .p/<width>.',
  })
}

function requireWithin(name: 'from' | 'to', value: number, max: number): void {
  if (value <= max) return
  throw new AppError('invalid_request', { param: name, hint: `"${name}" is at most ${max} here.` })
}

function sizeParameter(description: string): Parameter<number> {
  return {
    schema: { type: 'integer', minimum: 0 },
    description,
    read: (text) => {
      const value = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
      return Number.isSafeInteger(value) ? value : undefined
    },
  }
}
