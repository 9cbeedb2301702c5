import { cosignatureBytes, cosignedMessage } from './cosigned-message.js'
import type { VerifierKey } from './keys.js'
import { formatSignatureLine } from './signed-note.js'
import { encodeUtf8 } from './text.js'

/**
 * The line by which a witness says: at `timeS`, POSIX seconds, this was the largest consistent tree that I had seen of
 * this log. `sign` makes an Ed25519 signature with the witness's key, which must sign nothing else.
 */
export async function cosign(
  key: VerifierKey,
  sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>,
  checkpointText: string,
  timeS: number,
): Promise<string> {
  const signature = await sign(encodeUtf8(cosignedMessage(timeS, checkpointText)))
  return formatSignatureLine(key, cosignatureBytes(timeS, signature))
}
