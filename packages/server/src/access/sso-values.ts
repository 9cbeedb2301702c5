// How an organization's provider is named, wherever it is set.

const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/

/** The issuer, exactly as it was given; undefined when it can be none. */
export function readIssuer(text: string): string | undefined {
  if (text.length > 500 || !URL.canParse(text)) return undefined
  const { protocol, search, hash, username, password, pathname } = new URL(text)
  const isPlain = search === '' && hash === '' && username === '' && password === '' && !/[?#]/.test(text)
  // Of a discovery document that is named itself, the issuer would not be checked.
  return isPlain && /^https?:$/.test(protocol) && !pathname.includes('/.well-known/') ? text : undefined
}

/** The domain in lower case; undefined when it is none. */
export function readDomain(text: string): string | undefined {
  const domain = text.trim().toLowerCase()
  return DOMAIN.test(domain) ? domain : undefined
}
