import { lazy, Suspense } from 'react'
import type { SecondFactorOffer } from '../api/administration.js'
import { Loading } from '../ui/loading.js'
import { Secret } from '../ui/secret.js'
import './second-factor.css'

// The encoder is a quarter of all that signing in needs, and few enrol.
const QrCode = lazy(async () => ({ default: (await import('./qr-code.js')).QrCode }))

/** A secret to be taken into an authenticator app: as a QR code, or typed. */
export function AuthenticatorOffer({ offer }: { readonly offer: SecondFactorOffer }) {
  return (
    <ol className="offer">
      <li>
        <p>Scan this with an authenticator app, such as the one of your password manager.</p>
        <Suspense fallback={<Loading />}>
          <QrCode text={offer.otpauth_url} label="QR code for your authenticator app" />
        </Suspense>
        <details>
          <summary>It cannot be scanned</summary>
          <Secret label="Secret to type" value={offer.secret} />
        </details>
      </li>
      <li>
        <p>Type the code that the app shows.</p>
      </li>
    </ol>
  )
}
