import { AppError } from '@counterfoil/core'

/** What `expand[]` may name on an entry. A longer path expands everything on its way too. */
export const EXPAND_PATHS = [
  'actor',
  'resource',
  'resource.latest_entry',
  'resource.latest_entry.actor',
  'resource.latest_entry.diff',
  'resource.latest_entry.chain',
  'diff',
  'chain',
] as const
export type ExpandPath = (typeof EXPAND_PATHS)[number]
export type Expansion = ReadonlySet<ExpandPath>

export const EXPAND_PATHS_MAX = 10
export const EXPAND_DEPTH_MAX = 4
const PARAM = 'expand[]'
const LIST_PREFIX = 'data.'

/** The expansion that a single entry's paths ask for. Throws `invalid_expand_…`. */
export function readExpansion(paths: readonly string[]): Expansion {
  checkSize(paths)
  return new Set(paths.flatMap((path) => withParents(known(path, path, EXPAND_PATHS))))
}

/** The same of a list, where each path begins with `data.`, as everywhere in this API. */
export function readListExpansion(paths: readonly string[]): Expansion {
  checkSize(paths)
  const valid = EXPAND_PATHS.map((path) => LIST_PREFIX + path)
  return new Set(
    paths.flatMap((path) => {
      if (!path.startsWith(LIST_PREFIX)) {
        throw new AppError('invalid_expand_list_requires_data_prefix', {
          param: PARAM,
          hint: `Write ${LIST_PREFIX}${path}. There are: ${valid.join(', ')}.`,
        })
      }
      return withParents(known(path.slice(LIST_PREFIX.length), path, valid))
    }),
  )
}

/** What the paths below `parent` ask for of the thing that it leads to. */
export function expansionBelow(expansion: Expansion, parent: ExpandPath): Expansion {
  const prefix = `${parent}.`
  const below = [...expansion].filter((path) => path.startsWith(prefix))
  return new Set(below.map((path) => path.slice(prefix.length) as ExpandPath))
}

function checkSize(paths: readonly string[]): void {
  if (paths.length > EXPAND_PATHS_MAX) {
    throw new AppError('invalid_expand', {
      param: PARAM,
      hint: `Give at most ${EXPAND_PATHS_MAX} paths, not ${paths.length}.`,
    })
  }
  const deep = paths.find((path) => path.split('.').length > EXPAND_DEPTH_MAX)
  if (deep === undefined) return
  throw new AppError('invalid_expand', {
    param: PARAM,
    hint: `"${deep}" is more than ${EXPAND_DEPTH_MAX} deep.`,
  })
}

function known(path: string, asGiven: string, valid: readonly string[]): ExpandPath {
  if (EXPAND_PATHS.includes(path as ExpandPath)) return path as ExpandPath
  throw new AppError('invalid_expand_unknown_field', {
    param: PARAM,
    hint: `"${asGiven}" cannot be expanded. There are: ${valid.join(', ')}.`,
  })
}

function withParents(path: ExpandPath): readonly ExpandPath[] {
  const parts = path.split('.')
  return parts.map((_, i) => parts.slice(0, i + 1).join('.') as ExpandPath)
}
