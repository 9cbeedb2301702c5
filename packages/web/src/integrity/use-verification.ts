import { useRef, useState } from 'react'
import { call } from '../api/client.js'

/** `audit_chain_verification`. */
interface Verification {
  readonly verified: boolean
  readonly chain_length: number
  readonly broken_at: string | null
  readonly broken_reason: string | null
  readonly broken_seq?: number
  readonly explanation?: string
  readonly next_seq: number | null
  /** Entries walked of which something was erased. */
  readonly redacted?: number
}

export type VerificationState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly walked: number; readonly from: number; readonly to: number }
  | {
      readonly kind: 'whole'
      readonly walked: number
      readonly redacted: number
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'stopped'; readonly walked: number }
  | { readonly kind: 'failed'; readonly error: unknown }
  | {
      readonly kind: 'broken'
      readonly walked: number
      readonly seq: number
      readonly entryId: string | null
      readonly reason: string
      readonly explanation: string
    }

const STEP = 10_000

/** Verifies a range step by step, so that it says how far it is and can be stopped. */
export function useVerification() {
  const [state, setState] = useState<VerificationState>({ kind: 'idle' })
  const running = useRef<AbortController>(undefined)
  const start = async (from: number, to: number) => {
    const controller = new AbortController()
    running.current = controller
    let walked = 0
    let redacted = 0
    try {
      for (let seq: number | null = from; seq !== null && seq <= to; ) {
        setState({ kind: 'running', walked, from, to })
        const answer: Verification = await call('POST', '/v1/audit_log_entries/verify', {
          body: { from_seq: seq, to_seq: to, limit: STEP },
          signal: controller.signal,
        })
        walked += answer.chain_length
        redacted += answer.redacted ?? 0
        if (!answer.verified) return setState(brokenState(answer, walked))
        seq = answer.next_seq
      }
      setState({ kind: 'whole', walked, redacted, from, to })
    } catch (error) {
      setState(controller.signal.aborted ? { kind: 'stopped', walked } : { kind: 'failed', error })
    }
  }
  return { state, start, cancel: () => running.current?.abort() }
}

function brokenState(answer: Verification, walked: number): VerificationState {
  return {
    kind: 'broken',
    walked,
    seq: answer.broken_seq ?? 0,
    entryId: answer.broken_at,
    reason: answer.broken_reason ?? '',
    explanation: answer.explanation ?? '',
  }
}
