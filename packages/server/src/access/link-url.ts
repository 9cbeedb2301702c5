/** Pages that links lead to. */
export type LinkPage = 'invitation' | 'password-reset'

/** A link. The page reads the token from the fragment, which no server and no log ever sees. */
export function linkUrl(publicUrl: string, page: LinkPage, token: string): string {
  return `${publicUrl}/${page}#${token}`
}
