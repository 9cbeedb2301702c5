import type { Platform } from '../platform.js'
import { sha256 } from './sha256.js'

/** What a browser brings, and SHA-256 of our own. */
export const browserPlatform: Platform = {
  sha256,
  verifyEd25519: async (publicKey, message, signature) => {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify'])
    return crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message))
  },
}

/** Whether this browser can verify Ed25519: Chrome and Edge 137, Firefox 129, Safari 17 and later do. */
export async function canVerify(): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(32), 'Ed25519', false, ['verify'])
    return true
  } catch {
    return false
  }
}
