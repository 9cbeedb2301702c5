import { AppError } from '@counterfoil/core'

/**
 * The members of a small JSON request body, for routes other than recording; none for an empty body. Throws
 * `invalid_request` for anything but a JSON object, and names a member that is not one of `names`.
 */
export function readJsonMembers<Name extends string>(
  body: unknown,
  names: readonly Name[],
): Readonly<Partial<Record<Name, unknown>>> {
  if (!(body instanceof Uint8Array) || body.length === 0) return {} as Partial<Record<Name, unknown>>
  const value = parse(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AppError('invalid_request', { hint: 'The body must be a JSON object.' })
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name as Name))
  if (unknown !== undefined) {
    throw new AppError('invalid_request', {
      param: unknown,
      hint: `"${unknown}" is no member here. There are: ${names.join(', ')}.`,
    })
  }
  return value as Partial<Record<Name, unknown>>
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new AppError('invalid_request', { hint: 'The body is not JSON in UTF-8.', cause })
  }
}
