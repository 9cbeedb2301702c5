import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import Provider from 'oidc-provider'

export const CLIENT_SECRET = 'a client secret of the provider'

export interface TokenAnswer {
  readonly id_token: string
  readonly [member: string]: unknown
}
export interface Key {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}
export const makeKey = (kid: string): Key => ({
  kid,
  ...generateKeyPairSync('rsa', { modulusLength: 2_048 }),
})
export const providerKey = makeKey('provider')
export const toJwk = ({ kid, publicKey }: Key) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'RS256',
})

/** What becomes of the provider's answers on their way. */
export interface Tampering {
  token?: (answer: TokenAnswer) => unknown
  jwks?: () => unknown
  discovery?: (document: object) => object
}

/** Who signs in next at the provider, and what is done to its answers. */
export interface Acting {
  account: Record<string, unknown>
  tamper: Tampering
}

interface ProviderPlace {
  readonly issuer: string
  readonly redirectUri: string
  readonly acting: Acting
}

/** A real provider, whose people are whoever the test says, and whose answers the test may change. */
export function openProvider({ issuer, redirectUri, acting }: ProviderPlace): Provider {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'counterfoil',
        client_secret: CLIENT_SECRET,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: {
      keys: [
        { ...providerKey.privateKey.export({ format: 'jwk' }), kid: 'provider', use: 'sig', alg: 'RS256' },
      ],
    },
    cookies: { keys: [randomUUID()] },
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ ...acting.account, sub: id }) }),
    loadExistingGrant: async (context) => {
      const grant = new provider.Grant({
        clientId: context.oidc.client?.clientId ?? '',
        accountId: context.oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  provider.use(async (context, next) => {
    if (context.path.startsWith('/interaction/')) {
      const result = { login: { accountId: String(acting.account.sub) } }
      context.redirect(await provider.interactionResult(context.req, context.res, result))
      return
    }
    await next()
    if (context.path === '/token' && acting.tamper.token !== undefined && context.status === 200)
      context.body = acting.tamper.token(context.body as TokenAnswer)
    if (context.path === '/jwks' && acting.tamper.jwks !== undefined) context.body = acting.tamper.jwks()
    if (context.path === '/.well-known/openid-configuration' && acting.tamper.discovery !== undefined)
      context.body = acting.tamper.discovery(context.body as object)
  })
  return provider
}
