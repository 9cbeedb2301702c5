import type { Sha256Into } from '../hash/sha256.js'
import { toHex } from '../hash/sha256.js'
import { malformed } from './evidence-error.js'
import { formatVerifierKey, isSupportedKey, KEY_TYPE, parseVerifierKey, type VerifierKey } from './keys.js'
import { parseDecimal, requireUtf8 } from './text.js'

/** Enough for any policy that a person can read; c2sp.org asks for 32 of each at least. */
const POLICY_LINES_MAX = 10_000

export interface PolicyLog {
  /** Its name is the log's origin. */
  readonly key: VerifierKey
  readonly url?: string
}

export interface PolicyWitness {
  /** Names it within the policy alone. */
  readonly name: string
  readonly key: VerifierKey
  readonly url?: string
}

interface Group {
  readonly threshold: number
  readonly members: readonly string[]
}

/** Which logs and witnesses are trusted, and how many witnesses it takes (c2sp.org/tlog-policy). */
export interface Policy {
  readonly logs: readonly PolicyLog[]
  readonly witnesses: readonly PolicyWitness[]
  readonly groups: ReadonlyMap<string, Group>
  /** Name of a witness or group; undefined when no cosignature is needed. */
  readonly quorum: string | undefined
}

/** Whether the witnesses with these keys are enough. */
export function meetsQuorum(policy: Policy, cosigners: readonly VerifierKey[]): boolean {
  const isWitnessed = (name: string): boolean => {
    const group = policy.groups.get(name)
    if (group !== undefined) return group.members.filter(isWitnessed).length >= group.threshold
    const witness = policy.witnesses.find((candidate) => candidate.name === name)
    return witness !== undefined && cosigners.some((key) => sameKey(key, witness.key))
  }
  return policy.quorum === undefined || isWitnessed(policy.quorum)
}

/** The keys of the log `origin`: more than one while it rotates its key. */
export function logKeysOf(policy: Policy, origin: string): VerifierKey[] {
  return policy.logs.filter(({ key }) => key.name === origin).map(({ key }) => key)
}

/** Reads a policy file. Names must be UTF-8, which the format recommends and does not demand. */
export function parsePolicy(sha256: Sha256Into, bytes: Uint8Array): Policy {
  const text = requireUtf8(bytes, 'A policy')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw malformed('A policy has a control character.')
  const lines = text.split('\n')
  if (lines.pop() !== '') throw malformed('A policy does not end with a newline.')
  if (lines.length > POLICY_LINES_MAX) throw malformed(`A policy has more than ${POLICY_LINES_MAX} lines.`)
  const reader = new PolicyReader(sha256)
  lines.forEach((line, i) => {
    const items = line.split(/[ \t]+/).filter((item) => item !== '')
    if (items.length > 0 && !items[0]!.startsWith('#')) reader.read(items, i + 1)
  })
  return reader.finish()
}

/** A policy file: logs and witnesses with their URLs, groups and the quorum. */
export function formatPolicy({ logs, witnesses, groups, quorum }: Policy): string {
  const withUrl = (line: string, url: string | undefined) => (url === undefined ? line : `${line} ${url}`)
  const lines = [
    ...logs.map(({ key, url }) => withUrl(`log ${formatVerifierKey(key)}`, url)),
    ...witnesses.map(({ name, key, url }) => withUrl(`witness ${name} ${formatVerifierKey(key)}`, url)),
    ...[...groups].map(([name, { threshold, members }]) => `group ${name} ${threshold} ${members.join(' ')}`),
    `quorum ${quorum ?? 'none'}`,
  ]
  return `${lines.join('\n')}\n`
}

class PolicyReader {
  readonly #sha256: Sha256Into
  readonly #logs: PolicyLog[] = []
  readonly #witnesses: PolicyWitness[] = []
  readonly #groups = new Map<string, Group>()
  readonly #names = new Set(['none'])
  readonly #members = new Set<string>()
  #quorum: string | undefined

  constructor(sha256: Sha256Into) {
    this.#sha256 = sha256
  }

  read(items: readonly string[], line: number): void {
    const [word, ...rest] = items
    if (word === 'log') this.#readLog(rest, line)
    else if (word === 'witness') this.#readWitness(rest, line)
    else if (word === 'group') this.#readGroup(rest, line)
    else if (word === 'quorum') this.#readQuorum(rest, line)
    else throw malformed(`Line ${line} of the policy starts with none of log, witness, group and quorum.`)
  }

  finish(): Policy {
    if (this.#quorum === undefined) throw malformed('A policy has one quorum line.')
    return {
      logs: this.#logs,
      witnesses: this.#witnesses,
      groups: this.#groups,
      quorum: this.#quorum === 'none' ? undefined : this.#quorum,
    }
  }

  #readLog([vkey, url, ...more]: readonly string[], line: number): void {
    if (vkey === undefined || more.length > 0)
      throw malformed(`Line ${line} of the policy is not log <vkey> [<url>].`)
    const key = this.#key(vkey, KEY_TYPE.ed25519, line)
    if (this.#logs.some((log) => sameKey(log.key, key)))
      throw malformed(`Line ${line} of the policy repeats a log's key.`)
    this.#logs.push(url === undefined ? { key } : { key, url })
  }

  #readWitness([name, vkey, url, ...more]: readonly string[], line: number): void {
    if (name === undefined || vkey === undefined || more.length > 0)
      throw malformed(`Line ${line} of the policy is not witness <name> <vkey> [<url>].`)
    this.#define(name, line)
    const key = this.#key(vkey, KEY_TYPE.cosignature, line)
    if (this.#witnesses.some((witness) => sameKey(witness.key, key)))
      throw malformed(`Line ${line} of the policy repeats a witness's key.`)
    this.#witnesses.push(url === undefined ? { name, key } : { name, key, url })
  }

  #readGroup([name, threshold, ...members]: readonly string[], line: number): void {
    if (name === undefined || threshold === undefined || members.length === 0)
      throw malformed(`Line ${line} of the policy is not group <name> <k|any|all> <member>...`)
    for (const member of members) {
      if (member === 'none' || !this.#names.has(member))
        throw malformed(`Line ${line} of the policy names a member that no line before defines.`)
      if (this.#members.has(member))
        throw malformed(`Line ${line} of the policy has a member that is in a group already.`)
      this.#members.add(member)
    }
    this.#define(name, line)
    const k =
      threshold === 'any'
        ? 1
        : threshold === 'all'
          ? members.length
          : parseDecimal(threshold, 'The threshold')
    if (k < 1 || k > members.length)
      throw malformed(`Line ${line} of the policy asks for ${k} of ${members.length}.`)
    this.#groups.set(name, { threshold: k, members })
  }

  #readQuorum([name, ...more]: readonly string[], line: number): void {
    if (name === undefined || more.length > 0)
      throw malformed(`Line ${line} of the policy is not quorum <name>.`)
    if (this.#quorum !== undefined) throw malformed('A policy has only one quorum line.')
    if (!this.#names.has(name))
      throw malformed(`Line ${line} of the policy names a quorum that no line before defines.`)
    this.#quorum = name
  }

  #define(name: string, line: number): void {
    if (this.#names.has(name)) throw malformed(`Line ${line} of the policy defines a name again.`)
    this.#names.add(name)
  }

  #key(vkey: string, type: number, line: number): VerifierKey {
    const key = parseVerifierKey(this.#sha256, vkey)
    if (!isSupportedKey(key) || key.type !== type)
      throw malformed(`Line ${line} of the policy has a key of type ${key.type} instead of ${type}.`)
    return key
  }
}

/** Duplicates are told by the key alone, whatever its name. */
function sameKey(a: VerifierKey, b: VerifierKey): boolean {
  return toHex(a.publicKey) === toHex(b.publicKey)
}
