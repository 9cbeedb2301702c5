import { booleanMember, listMember, type Member, optional, textMember } from '../../http/members.js'

const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/
const DOMAINS_MAX = 50

const issuer: Member<string> = {
  schema: { type: 'string', format: 'uri', description: 'URL of the provider, as its tokens name it.' },
  expects: 'an https:// URL without query, and not that of the discovery document',
  required: true,
  read: (value) => (typeof value === 'string' ? readIssuer(value) : undefined),
}

export const SSO_MEMBERS = {
  issuer,
  client_id: textMember('What the provider knows us as.', 200),
  client_secret: optional(
    textMember('Kept encrypted and never shown; the one there is stays when left out.', 1_000),
  ),
  domains: listMember(
    'Domains of e-mail addresses that are let in; subdomains are others.',
    'domains such as example.com',
    DOMAINS_MAX,
    readDomain,
  ),
  default_role: optional(
    textMember('Role of somebody who is made at their first sign-in; member when left out.', 63),
  ),
  auto_create: optional(
    booleanMember('Whether somebody unknown of these domains is made a person. Off when left out.'),
  ),
  required: optional(booleanMember('Whether a password leads in no more. Off when left out.')),
} as const

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
