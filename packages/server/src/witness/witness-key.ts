import { randomBytes, sign } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import {
  AppError,
  EvidenceError,
  formatSigningKey,
  isKeyName,
  KEY_TYPE,
  parseSigningKey,
  SEED_BYTES,
  type VerifierKey,
} from '@counterfoil/core'
import { keyOfSeed } from '../signer/signing-keys.js'

/** The key of a witness. It signs nothing but cosignatures. */
export interface WitnessKey {
  readonly verifier: VerifierKey
  /** What others verify with, in its text form. */
  readonly vkey: string
  /** May take its time, as a key in a device of its own does. */
  readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>
}

/** The key in `path`, made there under `name` when there is none. Throws `invalid_setting`. */
export function openWitnessKey(path: string, name: string | undefined): WitnessKey {
  if (!existsSync(path)) makeKey(path, name)
  const key = readKey(path)
  if (name !== undefined && key.verifier.name !== name) {
    throw new AppError('invalid_setting', {
      hint: `${path} is the key of the witness "${key.verifier.name}". A witness keeps its name; leave --name out.`,
    })
  }
  return key
}

function makeKey(path: string, name: string | undefined): void {
  if (name === undefined || !isKeyName(name)) {
    throw new AppError('invalid_setting', {
      param: 'name',
      hint: 'Give the witness a name with --name, such as witness.example.com/w1: no blanks and no "+".',
    })
  }
  const seed = randomBytes(SEED_BYTES)
  const { verifier } = keyOf(name, seed)
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, `${formatSigningKey({ name, id: verifier.id, seed }, KEY_TYPE.cosignature)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function readKey(path: string): WitnessKey {
  try {
    const { name, id, seed, type } = parseSigningKey(readFileSync(path, 'utf8').trimEnd())
    const key = keyOf(name, seed)
    if (type === KEY_TYPE.cosignature && key.verifier.id === id) return key
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
  }
  throw new AppError('invalid_setting', { hint: `${path} does not hold the key of a witness.` })
}

function keyOf(name: string, seed: Uint8Array): WitnessKey {
  const { verifier, vkey, privateKey } = keyOfSeed(name, seed, KEY_TYPE.cosignature)
  return { verifier, vkey, sign: (message) => new Uint8Array(sign(null, message, privateKey)) }
}
