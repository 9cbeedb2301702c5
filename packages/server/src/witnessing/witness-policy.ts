import { readFileSync } from 'node:fs'
import {
  AppError,
  EvidenceError,
  formatPolicy,
  meetsQuorum,
  type Policy,
  parsePolicy,
  parseVerifierKey,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'

/** Nobody watches: what is so without a policy. */
const NO_WITNESS: Policy = { logs: [], witnesses: [], groups: new Map(), quorum: undefined }

/** Who witnesses the logs of this server, and how many of them it takes. */
export class WitnessPolicy {
  readonly policy: Policy

  constructor(policy: Policy) {
    this.policy = policy
  }

  /** Reads the policy file that a setting names; `''` for none. Throws `invalid_setting`. */
  static read(path: string): WitnessPolicy {
    if (path === '') return new WitnessPolicy(NO_WITNESS)
    try {
      return new WitnessPolicy(parsePolicy(sha256Into, readFileSync(path)))
    } catch (cause) {
      const reason = cause instanceof EvidenceError ? cause.detail : (cause as Error).message
      throw new AppError('invalid_setting', { param: 'witness_policy', hint: `${path}: ${reason}`, cause })
    }
  }

  /** The policy file for verifiers of the log with these keys: its own keys, our witnesses and our quorum. */
  fileFor(vkeys: readonly string[]): string {
    const logs = vkeys.map((vkey) => ({ key: parseVerifierKey(sha256Into, vkey) }))
    return formatPolicy({ ...this.policy, logs })
  }

  /** Whether it takes any witness. */
  get isAsked(): boolean {
    return this.policy.quorum !== undefined
  }

  /** Whether these witnesses, by name, are enough. */
  isMetBy(names: readonly string[]): boolean {
    const { witnesses } = this.policy
    return meetsQuorum(
      this.policy,
      witnesses.filter(({ name }) => names.includes(name)).map(({ key }) => key),
    )
  }
}
