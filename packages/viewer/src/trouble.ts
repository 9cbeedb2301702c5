/** What keeps the viewer from showing entries, as somebody who looks at it needs to know it. */
export interface Trouble {
  readonly kind:
    | 'no_source'
    | 'no_token'
    | 'token_ended'
    | 'no_permission'
    | 'search'
    | 'busy'
    | 'away'
    | 'failed'
  readonly title: string
  readonly advice: string
  /** Names the request in the server's own log. */
  readonly requestId?: string
}

export class ViewerError extends Error {
  readonly trouble: Trouble

  constructor(trouble: Trouble, options?: ErrorOptions) {
    super(trouble.title, options)
    this.trouble = trouble
  }
}

/** The server's flat error envelope, as far as it is looked at. */
interface ErrorBody {
  readonly code?: string
  readonly message?: string
  readonly hint?: string
  readonly request_id?: string
}

export const TROUBLE = {
  noSource: {
    kind: 'no_source',
    title: 'This view is not set up',
    advice: 'The page must set the attribute "src" to the address of the audit log’s server.',
  },
  noToken: {
    kind: 'no_token',
    title: 'Waiting for access',
    advice: 'The entries appear as soon as the page has been given access to them.',
  },
  tokenEnded: {
    kind: 'token_ended',
    title: 'Your access to this log has ended',
    advice: 'Reload the page to go on.',
  },
  away: {
    kind: 'away',
    title: 'The audit log cannot be reached',
    advice: 'Check your connection and try again. Nothing that was recorded is lost.',
  },
} as const satisfies Record<string, Trouble>

/** What an answer that is none of the 200s means. */
export async function troubleOf(response: Response): Promise<Trouble> {
  const body = await errorBody(response)
  const about = body.request_id === undefined ? {} : { requestId: body.request_id }
  const { status } = response
  if (status === 401) return { ...TROUBLE.tokenEnded, ...about }
  if (status === 403) {
    return {
      kind: 'no_permission',
      title: 'You may not see this',
      advice:
        body.code === 'ip_not_allowlisted'
          ? 'The log may not be opened from this network.'
          : 'Ask whoever gave you this page for access.',
      ...about,
    }
  }
  if (status === 429) {
    const seconds = Number(response.headers.get('retry-after'))
    const wait = seconds > 0 ? `in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}` : 'in a moment'
    return { kind: 'busy', title: 'Too many requests', advice: `Try again ${wait}.`, ...about }
  }
  if (status >= 500) {
    return {
      kind: 'failed',
      title: 'The audit log cannot answer right now',
      advice: 'Try again in a moment. Nothing that was recorded is lost.',
      ...about,
    }
  }
  return {
    kind: 'search',
    title: body.message ?? 'The request was refused',
    advice: body.hint ?? 'Change the search and try again.',
    ...about,
  }
}

/** Empty where the answer is no JSON: then it comes from something in between, and says nothing of use. */
async function errorBody(response: Response): Promise<ErrorBody> {
  const text = await response.text()
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? (body as ErrorBody) : {}
  } catch {
    return {}
  }
}
