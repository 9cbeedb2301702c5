/** What somebody is told whom an organization's provider did not let in. */
export function signInProblem(params: URLSearchParams): string | undefined {
  const problem = params.get('problem')
  const organization = params.get('sso') ?? 'the organization'
  switch (problem) {
    case null:
      return undefined
    case 'sso_failed':
      return `The single sign-on of “${organization}” did not let you in: its provider did not vouch for an account that may enter, or signing in took too long. Try again, or ask your administrator.`
    case 'sso_unreachable':
      return `The provider of “${organization}” cannot be reached. Try again in a moment.`
    case 'not_found':
      return `There is no single sign-on for “${organization}”. Check the name of your organization.`
    case 'rate_limit_exceeded':
      return 'There were too many attempts. Try again in a minute.'
    default:
      return 'Single sign-on did not work. Try again, or sign in another way.'
  }
}
