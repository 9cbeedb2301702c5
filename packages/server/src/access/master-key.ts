import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from './access-store.js'
import type { Doer } from './administration/doer.js'
import { note } from './administration/note.js'
import { MASTER_KEY_BYTES, Secrets } from './secrets.js'

/** Where the master key is: in the setting, or else in a file that is made at the first start. */
export interface MasterKeyPlace {
  readonly file: string
  /** 32 bytes in base64; empty for none. */
  readonly setting: string
}

/**
 * Gives the store its master key. Throws `wrong_master_key` when it is not the one that the store was used with, and never
 * makes a new one in place of one that was lost: what is encrypted under that would be lost in silence.
 */
export async function openMasterKey(access: AccessStore, place: MasterKeyPlace): Promise<Secrets> {
  await finishRotation(access, place)
  const known = await access.masterKey.fingerprint()
  const given = place.setting === '' ? readKeyFile(place.file) : decodeKey(place.setting)
  if (given === undefined && known !== undefined) {
    throw new AppError('wrong_master_key', {
      hint: `${place.file} is missing: put it back from a backup, or set COUNTERFOIL_MASTER_KEY. If it is lost, "counterfoil secrets rotate --discard" starts with a new one.`,
    })
  }
  const masterKey = given ?? makeKeyFile(place.file)
  const secrets = new Secrets(masterKey)
  if (known === undefined)
    await access.transaction((access) => access.masterKey.setFingerprint(secrets.fingerprint))
  else if (!Buffer.from(known).equals(secrets.fingerprint)) {
    throw new AppError('wrong_master_key', {
      hint: `${place.setting === '' ? place.file : 'COUNTERFOIL_MASTER_KEY'} is not the key that this data directory was used with.`,
    })
  }
  access.secrets = secrets
  return secrets
}

/** What the signing keys of logs derive from, 32 bytes: it stays the same when the master key is renewed. */
export async function signingRootOf(access: AccessRecords, secrets: Secrets): Promise<Uint8Array> {
  const sealed = await access.masterKey.sealedSigningRoot()
  if (sealed === undefined) return secrets.signingRoot
  return new Uint8Array(Buffer.from(secrets.open('signing_root', '', sealed), 'base64'))
}

/**
 * Encrypts everything anew under a new master key; the store must have its present one, unless what is sealed is to be
 * discarded. The new key rests in a file beside the old one before anything is committed, so that a crash at any point
 * leaves the right one to be found. With the setting, `show` is given the new key, in base64, first.
 */
export async function rotateMasterKey(
  access: AccessStore,
  by: Doer,
  place: MasterKeyPlace,
  show: (masterKey: string) => Promise<void> | void,
  discard = false,
): Promise<number> {
  const before = access.secrets
  const masterKey = Secrets.generate()
  const after = new Secrets(masterKey)
  if (place.setting === '') writeKeyFile(`${place.file}.new`, masterKey)
  else await show(Buffer.from(masterKey).toString('base64'))
  const count = await access.transaction(async (access) => {
    const sealed = await resealAll(access, discard ? undefined : before, after)
    await access.masterKey.setFingerprint(after.fingerprint)
    await resealSigningRoot(access, discard ? undefined : before, after)
    await note(access, {
      organizationId: (await access.tenants.platform()).id,
      action: 'secrets.rotated',
      by,
      metadata: { sealed_tokens: sealed.tokens, sealed_secrets: sealed.secrets, discarded: discard },
    })
    return sealed.tokens + sealed.secrets
  })
  if (place.setting === '') await finishRotation(access, place)
  access.secrets = after
  return count
}

/**
 * Seals everything under another key; without the one of before, forgets it. A person whose second factor is forgotten
 * signs in with the password alone, and an organization's client secret has to be set again.
 */
async function resealAll(
  access: AccessRecords,
  before: Secrets | undefined,
  after: Secrets,
): Promise<{ readonly tokens: number; readonly secrets: number }> {
  const tokens = await access.apiKeys.sealedTokens()
  for (const { keyId, sealed } of tokens) {
    if (before === undefined) await access.apiKeys.forgetSealedToken(keyId)
    else {
      const token = before.open('personal_token', keyId, sealed)
      await access.apiKeys.sealToken(keyId, after.seal('personal_token', keyId, token))
    }
  }
  await access.people.removeOfferedSecondFactors()
  const people = await access.people.withSecondFactor()
  for (const { personId, secondFactor } of people) {
    if (before === undefined || secondFactor === undefined) {
      await access.people.setSecondFactor(personId, null, 0)
      await access.recoveryCodes.setAll(personId, [])
    } else {
      const secret = before.open('second_factor', personId, secondFactor)
      await access.people.resealSecondFactor(personId, after.seal('second_factor', personId, secret))
    }
  }
  const providers = await access.sso.withSecret()
  for (const { organizationId, sealedSecret } of providers) {
    const secret =
      before === undefined || sealedSecret === undefined
        ? undefined
        : before.open('sso_secret', organizationId, sealedSecret)
    await access.sso.setSealedSecret(
      organizationId,
      secret === undefined ? null : after.seal('sso_secret', organizationId, secret),
    )
  }
  return { tokens: tokens.length, secrets: people.length + providers.length }
}

/** The keys of logs outlive the master key; without the one of before they are lost, and logs need a new epoch. */
async function resealSigningRoot(
  access: AccessRecords,
  before: Secrets | undefined,
  after: Secrets,
): Promise<void> {
  const root =
    before === undefined ? undefined : Buffer.from(await signingRootOf(access, before)).toString('base64')
  await access.masterKey.setSealedSigningRoot(
    root === undefined ? null : after.seal('signing_root', '', root),
  )
}

/** A rotation that was cut off after its commit has left the key that fits beside the one that does not any more. */
async function finishRotation(access: AccessStore, { file, setting }: MasterKeyPlace): Promise<void> {
  if (setting !== '') return
  const next = readKeyFile(`${file}.new`)
  if (next === undefined) return
  const known = await access.masterKey.fingerprint()
  if (known !== undefined && Buffer.from(known).equals(new Secrets(next).fingerprint)) {
    renameSync(`${file}.new`, file)
    syncFolder(file)
  } else rmSync(`${file}.new`)
}

function readKeyFile(file: string): Uint8Array | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new AppError('wrong_master_key', {
      hint: `${file} cannot be read: ${(error as Error).message}.`,
      cause: error,
    })
  }
  // Windows has no such bits.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new AppError('wrong_master_key', {
      hint: `${file} can be read by others; run "chmod 600 ${file}".`,
    })
  }
  return decodeKey(text.trim(), file)
}

function makeKeyFile(file: string): Uint8Array {
  const masterKey = Secrets.generate()
  writeKeyFile(file, masterKey)
  return masterKey
}

function writeKeyFile(file: string, masterKey: Uint8Array): void {
  rmSync(file, { force: true })
  const opened = openSync(file, 'wx', 0o600)
  try {
    writeSync(opened, `${Buffer.from(masterKey).toString('base64')}\n`)
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
  syncFolder(file)
}

/** The name of a new file survives a power cut only when its folder was synced. */
function syncFolder(file: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function decodeKey(text: string, place = 'COUNTERFOIL_MASTER_KEY'): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (
    bytes.length === MASTER_KEY_BYTES &&
    bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')
  )
    return new Uint8Array(bytes)
  throw new AppError('wrong_master_key', {
    hint: `${place} must hold ${MASTER_KEY_BYTES} bytes in base64, as "openssl rand -base64 32" prints them.`,
  })
}
