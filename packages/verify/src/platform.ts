import type { Sha256Into, VerifyEd25519 } from '@counterfoil/core'

/** The two pieces of cryptography that verifying needs, as the platform has them. */
export interface Platform {
  readonly sha256: Sha256Into
  readonly verifyEd25519: VerifyEd25519
}
