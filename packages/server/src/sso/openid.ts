import { AppError } from '@counterfoil/core'
import type { Configuration } from 'openid-client'
import { type guardedFetch, OutboundRefusal } from '../outbound/guarded-fetch.js'

/** What a provider needs to know us by. */
export interface ProviderSettings {
  readonly issuer: string
  readonly clientId: string
  /** Undefined for a public client. */
  readonly clientSecret: string | undefined
}

/** What has to come back from the provider unchanged, kept by the browser meanwhile, sealed. */
export interface LoginState {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Who the provider says it is. */
export interface Identity {
  readonly subject: string
  /** As the provider writes it; only when it says that it has verified it. */
  readonly verifiedEmail: string | undefined
  readonly name: string
}

/** Clocks may differ by so much. */
const CLOCK_TOLERANCE_S = 60
/** A token that was made longer ago is not of this sign-in. */
const TOKEN_AGE_S_MAX = 300

/** Signs in at OpenID providers, over a fetch that cannot be led to our own network. */
export class OpenIdClient {
  readonly #fetch: ReturnType<typeof guardedFetch>
  readonly #allowInsecure: boolean

  constructor(fetch: ReturnType<typeof guardedFetch>, allowInsecure: boolean) {
    this.#fetch = fetch
    this.#allowInsecure = allowInsecure
  }

  /** Whether there is such a provider. Throws `sso_unreachable`. */
  async check(settings: ProviderSettings): Promise<void> {
    await this.#discover(settings)
  }

  /** Where the browser goes, and what it keeps meanwhile. Throws `sso_unreachable`. */
  async start(
    settings: ProviderSettings,
    redirectUri: string,
  ): Promise<{ readonly url: string; readonly kept: LoginState }> {
    const client = await import('openid-client')
    const configuration = await this.#discover(settings)
    const kept = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state: kept.state,
      nonce: kept.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(kept.verifier),
      code_challenge_method: 'S256',
    })
    return { url: url.href, kept }
  }

  /** Who came back. `url` is the whole URL that the provider sent the browser to. Throws `sso_failed` or `sso_unreachable`. */
  async finish(settings: ProviderSettings, url: URL, kept: LoginState): Promise<Identity> {
    const client = await import('openid-client')
    const configuration = await this.#discover(settings)
    let claims: Awaited<ReturnType<typeof client.authorizationCodeGrant>> extends { claims(): infer C }
      ? C
      : never
    try {
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        expectedState: kept.state,
        expectedNonce: kept.nonce,
        pkceCodeVerifier: kept.verifier,
        idTokenExpected: true,
      })
      claims = tokens.claims()
    } catch (cause) {
      const refusal = outboundRefusal(cause)
      throw refusal === undefined ? failed(cause) : unreachable(settings.issuer, refusal)
    }
    if (claims === undefined) throw failed(new Error('no ID token'))
    const ageS = Date.now() / 1_000 - claims.iat
    if (ageS < -CLOCK_TOLERANCE_S || ageS > TOKEN_AGE_S_MAX)
      throw failed(new Error(`the ID token was made ${Math.round(ageS)} s ago`))
    const { email, email_verified: isVerified, name } = claims
    return {
      subject: claims.sub,
      verifiedEmail: typeof email === 'string' && isVerified === true ? email : undefined,
      name: typeof name === 'string' ? name : '',
    }
  }

  /** Anew each time: keys and endpoints change, and people sign in rarely. */
  async #discover({ issuer, clientId, clientSecret }: ProviderSettings): Promise<Configuration> {
    const client = await import('openid-client')
    try {
      return await client.discovery(
        new URL(issuer),
        clientId,
        { [client.clockTolerance]: CLOCK_TOLERANCE_S },
        clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret),
        {
          [client.customFetch]: (url, { method, headers, body }) =>
            this.#fetch(url, {
              method,
              headers,
              ...(body === undefined || body === null ? {} : { body: String(body) }),
            }),
          execute: [
            // TLS alone would do for a token that comes straight from the provider; its signature does as well.
            client.enableNonRepudiationChecks,
            ...(this.#allowInsecure ? [client.allowInsecureRequests] : []),
          ],
        },
      )
    } catch (cause) {
      throw unreachable(issuer, outboundRefusal(cause) ?? cause)
    }
  }
}

/** Our own refusal behind an error of the library's. */
function outboundRefusal(error: unknown): OutboundRefusal | undefined {
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    if (one instanceof OutboundRefusal) return one
  return undefined
}

function unreachable(issuer: string, cause: unknown): AppError {
  const reason = cause instanceof OutboundRefusal ? cause.message : 'Its discovery document is not right.'
  return new AppError('sso_unreachable', { hint: `${issuer}: ${reason}`, cause })
}

function failed(cause: unknown): AppError {
  return new AppError('sso_failed', { hint: 'Sign in again from the beginning.', cause })
}
