import { readDomain, readIssuer } from '../../access/sso-values.js'
import { booleanMember, listMember, type Member, optional, textMember } from '../../http/members.js'

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
