import {
  cosignatureBytes,
  cosignedMessage,
  EvidenceError,
  formatAddCheckpoint,
  formatSignatureLine,
  type PolicyWitness,
  parseDecimal,
  parseSignatureLine,
  readCosignature,
} from '@counterfoil/core'
import { verifyEd25519 } from '../signer/signing-keys.js'

/** What came of a submission. */
export type Submission =
  /** The witness's own line for the checkpoint, verified. */
  | { readonly kind: 'cosigned'; readonly line: string; readonly timeS: number }
  /** The newest checkpoint that the witness has cosigned is of another size than we said. */
  | { readonly kind: 'conflict'; readonly size: number }
  /** The checkpoint does not continue what the witness has cosigned. */
  | { readonly kind: 'inconsistent'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

const TIMEOUT_MS = 10_000
/** A witness answers a few lines. */
const ANSWER_BYTES_MAX = 64 * 1024
/** How far a witness's clock may run ahead of ours. */
const CLOCK_SKEW_S = 300

export interface SubmissionRequest {
  readonly witness: PolicyWitness
  readonly oldSize: number
  readonly proof: readonly Uint8Array[]
  /** The signed checkpoint. */
  readonly note: string
  /** Its text, which is what a witness signs. */
  readonly text: string
}

/** Submits a checkpoint to a witness (c2sp.org/tlog-witness). Does not reject. */
export async function submitCheckpoint(request: SubmissionRequest): Promise<Submission> {
  const { witness, oldSize, proof, note } = request
  const checkpoint = new TextEncoder().encode(note)
  try {
    const response = await fetch(`${witness.url?.replace(/\/+$/, '')}/add-checkpoint`, {
      method: 'POST',
      body: formatAddCheckpoint({ oldSize, proof, checkpoint }) as unknown as string,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    })
    const body = await readAnswer(response)
    if (body === undefined) return { kind: 'failed', reason: 'Its answer is too long.' }
    return await understand(request, response, body)
  } catch (error) {
    const { message, cause } = error as Error
    return { kind: 'failed', reason: cause instanceof Error ? cause.message : message }
  }
}

/** Undefined when it is too long; the rest is then not read. */
async function readAnswer(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > ANSWER_BYTES_MAX) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

async function understand(request: SubmissionRequest, response: Response, body: string): Promise<Submission> {
  if (response.status === 200) return findLine(request, body)
  const isSize = response.headers.get('content-type')?.startsWith('text/x.tlog.size') === true
  if (response.status === 409 && isSize)
    return { kind: 'conflict', size: parseDecimal(body.trimEnd(), 'A size') }
  // Version 1.0.0 of the protocol answers 409 to another root at the same size, later ones 422.
  if (response.status === 409 || response.status === 422)
    return { kind: 'inconsistent', reason: JSON.stringify(body.slice(0, 200)) }
  return {
    kind: 'failed',
    reason: `It answers with status ${response.status}: ${JSON.stringify(body.slice(0, 200))}.`,
  }
}

/** The line of the witness's own key; lines of other keys are ignored, as the protocol demands. */
async function findLine({ witness: { key }, text }: SubmissionRequest, body: string): Promise<Submission> {
  try {
    for (const line of body.split('\n').filter((part) => part !== '')) {
      const { name, keyId, signature } = parseSignatureLine(line)
      if (name !== key.name || keyId !== key.id) continue
      const cosignature = readCosignature(signature)
      const message = new TextEncoder().encode(cosignedMessage(cosignature.timeS, text))
      if (!(await verifyEd25519(key.publicKey, message, cosignature.signature)))
        return { kind: 'failed', reason: 'Its signature is wrong.' }
      if (cosignature.timeS === 0 || cosignature.timeS > Date.now() / 1_000 + CLOCK_SKEW_S)
        return { kind: 'failed', reason: 'The time of its signature is not now.' }
      const { timeS } = cosignature
      return {
        kind: 'cosigned',
        line: formatSignatureLine(key, cosignatureBytes(timeS, cosignature.signature)),
        timeS,
      }
    }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    return { kind: 'failed', reason: error.detail }
  }
  return { kind: 'failed', reason: 'Its answer holds no signature by its key.' }
}
