import { openAsBlob } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { EvidenceError, parsePolicy, parseVerifierKey, type VerifierKey } from '@counterfoil/core'
import { BUNDLE_FILES } from '../bundle/manifest.js'
import { verifyBundle } from '../bundle/verify-bundle.js'
import { FilesSource } from '../files-source.js'
import { DirectorySource } from '../node/directory-source.js'
import { nodePlatform } from '../node/node-platform.js'
import { verifyReceipt } from '../receipt.js'
import { LEVELS, type Level, type Report } from '../report.js'
import { verifyServer } from '../server.js'
import { ServerError, ServerSource } from '../server-source.js'
import type { EvidenceSource } from '../source.js'
import { tarFiles } from '../tar-files.js'
import type { Trust } from '../trust.js'
import { ProgressBar } from './progress-bar.js'
import { reportLines } from './report-lines.js'

/** Exit codes; docs/verify.md lists them. */
export const EXIT = {
  /** Everything that was asked for is proven. */
  verified: 0,
  /** It could not be looked at: a file or a server cannot be read. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Something is not what it should be. */
  FAILED: 4,
  /** Nothing is wrong, and less is proven than `--require` asks. */
  below: 6,
} as const

/** The world around the command. */
export interface VerifyWorld {
  readonly stdout: Writable
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  /** An API key, for a server that asks for one. */
  readonly token: string | undefined
}

const USAGE = `Usage: counterfoil-verify <export directory or .tar | receipt.tlog-proof | https://…/log prefix> [options]

Verifies evidence of a log: that every entry is what was recorded, that none is missing, and who vouches for it.
An export and a receipt are verified without any network.

  --key <vkey or file>   The log's key, from somewhere else than the evidence. Several times while a log rotates its key.
  --policy <file>        Trusted logs and witnesses, and how many witnesses it takes (c2sp.org/tlog-policy).
  --keep <file>          A checkpoint: the evidence must continue it. Renewed when all is well; made when there is none.
  --max-age <seconds>    The newest cosignature of a trusted witness must not be older.
  --require <level>      L0, L1, L2 or L3: less than that is exit code ${EXIT.below}.
  --json                 The report as one JSON object.
  --help

Levels: L0 every entry fits its hashes and its place; L1 and the log's key signed that; L2 and it continues the
checkpoint that you kept; L3 and enough witnesses vouch for it.
Exit codes: ${EXIT.verified} verified, ${EXIT.FAILED} FAILED, ${EXIT.below} less than required, ${EXIT.failed} cannot be read, ${EXIT.usage} wrong usage.
`

class UsageError extends Error {}

/** What was named is no evidence at all: mistyped rather than tampered with. */
class NoEvidence extends Error {}

interface Options {
  readonly target: string
  readonly trust: Trust
  readonly keep: string | undefined
  readonly require: Level | undefined
  readonly json: boolean
}

/** Runs one command line. Resolves to the exit code. */
export async function runVerify(args: readonly string[], world: VerifyWorld): Promise<number> {
  try {
    if (args.includes('--help') || args.includes('-h')) {
      world.stdout.write(USAGE)
      return EXIT.verified
    }
    const options = await readOptions(args)
    const { report, checkpoint } = await verifyTarget(options, world)
    world.stdout.write(options.json ? `${JSON.stringify(report)}\n` : reportLines(report))
    if (report.verdict === 'FAILED') return EXIT.FAILED
    if (options.keep !== undefined && checkpoint !== undefined) await writeFile(options.keep, checkpoint)
    const { require } = options
    if (require === undefined || LEVELS.indexOf(report.level) >= LEVELS.indexOf(require)) return EXIT.verified
    world.stderr.write(`Level ${require} is required; ${report.level} is reached.\n`)
    return EXIT.below
  } catch (error) {
    if (error instanceof UsageError) {
      world.stderr.write(`${error.message}\nTry counterfoil-verify --help.\n`)
      return EXIT.usage
    }
    const isUnreadable = error instanceof ServerError || error instanceof NoEvidence
    if (isUnreadable || (error as NodeJS.ErrnoException).syscall !== undefined) {
      world.stderr.write(`${(error as Error).message}\n`)
      return EXIT.failed
    }
    throw error
  }
}

async function verifyTarget(
  { target, trust, json }: Options,
  world: VerifyWorld,
): Promise<{ readonly report: Report; readonly checkpoint: Uint8Array | undefined }> {
  const bar = new ProgressBar(world.stderr, json)
  const onProgress = (entries: number, total: number) => bar.update(entries, total)
  try {
    if (/^https?:\/\//.test(target)) {
      const source = new ServerSource(target, world.token)
      await requireSome(source, [BUNDLE_FILES.checkpoint], `No log is published at ${target}`)
      return await verifyServer(nodePlatform, source, trust, onProgress)
    }
    const source = await exportAt(target)
    if (source === undefined) {
      const { report } = await verifyReceipt(nodePlatform, await readFile(target), trust)
      return { report, checkpoint: undefined }
    }
    const files = [BUNDLE_FILES.manifest, BUNDLE_FILES.checkpoint]
    await requireSome(source, files, `${target} is no export`)
    const report = await verifyBundle(nodePlatform, source, { trust, onProgress })
    return { report, checkpoint: await source.read(BUNDLE_FILES.checkpoint) }
  } finally {
    bar.clear()
  }
}

/** A directory or an archive; undefined for any other file. */
async function exportAt(target: string): Promise<EvidenceSource | undefined> {
  if ((await stat(target)).isDirectory()) return new DirectorySource(target)
  const files = await tarFiles(await openAsBlob(target))
  return files === undefined ? undefined : new FilesSource(files)
}

/** Throws NoEvidence where not one of these files is there. */
async function requireSome(source: EvidenceSource, paths: readonly string[], what: string): Promise<void> {
  for (const path of paths) if ((await source.read(path)) !== undefined) return
  throw new NoEvidence(`${what}: there is no ${paths.join(' and no ')} in it.`)
}

async function readOptions(args: readonly string[]): Promise<Options> {
  const { values, positionals } = parse(args)
  const [target] = positionals
  if (target === undefined || positionals.length > 1) throw new UsageError('Name one thing to verify.')
  const { key, policy, keep, require } = values
  if (require !== undefined && !isLevel(require)) throw new UsageError('--require is L0, L1, L2 or L3.')
  const maxAge = values['max-age']
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge))
    throw new UsageError('--max-age is a number of seconds.')
  const keys = key === undefined ? undefined : (await Promise.all(key.map(readKeys))).flat()
  const trust: Trust = {
    ...(keys === undefined ? {} : { keys }),
    ...(policy === undefined ? {} : { policy: await readPolicy(policy) }),
    ...(keep === undefined ? {} : await readKept(keep)),
    ...(maxAge === undefined ? {} : { freshness: { maxAgeS: Number(maxAge), nowMs: Date.now() } }),
  }
  return { target, trust, keep, require: require as Level | undefined, json: values.json === true }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        key: { type: 'string', multiple: true },
        policy: { type: 'string' },
        keep: { type: 'string' },
        'max-age': { type: 'string' },
        require: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function isLevel(text: string): boolean {
  return text !== 'none' && (LEVELS as readonly string[]).includes(text)
}

/** A verifier key, or a file with one on each line. */
async function readKeys(given: string): Promise<VerifierKey[]> {
  // A key has two plus signs and its base64 may have a slash; a file has to be there.
  const text = await readFile(given, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (given.split('+').length >= 3) return given
    throw error
  })
  return understand('--key', () =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => parseVerifierKey(nodePlatform.sha256, line)),
  )
}

async function readPolicy(path: string) {
  const bytes = await readFile(path)
  return understand('--policy', () => parsePolicy(nodePlatform.sha256, bytes))
}

async function readKept(path: string): Promise<{ kept?: Uint8Array }> {
  try {
    return { kept: await readFile(path) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

function understand<T>(option: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof EvidenceError) throw new UsageError(`${option}: ${error.detail}`)
    throw error
  }
}
