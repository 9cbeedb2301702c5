import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { useLocation } from '../router/location.js'
import { ApiError, call } from './client.js'
import { usePastedKey } from './credentials.js'

export type Mode = 'live' | 'test'

export interface OrganizationSummary {
  readonly id: string
  readonly slug: string
  readonly name: string
}

/** `GET /v1/me`: who is signed in, where, and what they may do. */
export interface Me {
  readonly kind: string
  readonly id: string
  readonly organization: OrganizationSummary
  readonly mode: Mode
  readonly person: { readonly id: string; readonly email: string; readonly name: string } | null
  readonly role: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly organizations: readonly (OrganizationSummary & { readonly role: string })[] | null
  readonly session: {
    readonly form: 'token' | 'cookie'
    readonly method: string
    readonly expires_at: string | null
  } | null
  readonly second_factor: { readonly enabled: boolean; readonly recovery_codes_left: number } | null
}

/** What requests go by besides the path: part of every query's key, so that no answer is shown in another log. */
export function useAudience(): string {
  const { params } = useLocation()
  const key = usePastedKey()
  return `${key?.slice(0, 24) ?? 'cookie'} ${params.get('org') ?? ''} ${params.get('mode') ?? ''}`
}

export function useMe(): UseQueryResult<Me, ApiError> {
  const audience = useAudience()
  return useQuery<Me, ApiError>({
    queryKey: ['me', audience],
    queryFn: ({ signal }) => call<Me>('GET', '/v1/me', { signal }),
    staleTime: 60_000,
    retry: (count, error) => error.status === 0 && count < 2,
  })
}

/** Whether somebody may do something, such as `entries.export`. The server asks again. */
export function may(me: Me | undefined, permission: string): boolean {
  return me?.permissions.includes(permission) === true
}

/** Whether a failure means that nobody is signed in any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}
