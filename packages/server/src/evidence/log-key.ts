import type { LogName } from '@counterfoil/core'

/** A log's name as one text, for maps. */
export function keyOf({ organization_id, mode }: LogName): string {
  return `${organization_id}/${mode}`
}

/** The log of such a text. */
export function logOf(key: string): LogName {
  const slash = key.lastIndexOf('/')
  return { organization_id: key.slice(0, slash), mode: key.slice(slash + 1) as LogName['mode'] }
}
