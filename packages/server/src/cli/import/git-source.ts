import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '@counterfoil/core'
import { derivedId } from './derived-id.js'
import { commitsOf, GIT_FORMAT } from './git-log.js'
import { toGitEntry } from './git-mapping.js'
import type { ImportSource, SourceItem } from './import-source.js'

/** What is said of the repository in each of its commits. */
export interface GitRepository {
  /** The first commit: the same in every clone. */
  readonly root: string
  readonly name: string
}

/** Options that keep a user's own git configuration from changing what is read. */
const PLAIN_GIT = ['--no-replace-objects', '-c', 'core.quotePath=false', '-c', 'log.showSignature=false']
const LOG_OPTIONS = [
  'log',
  '--reverse',
  '--topo-order',
  '-z',
  '--numstat',
  '--find-renames=50%',
  '--diff-algorithm=myers',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--no-mailmap',
  '--encoding=UTF-8',
  `--format=tformat:${GIT_FORMAT}`,
]

/** Every commit that HEAD reaches, oldest first. Throws `invalid_request` when there is no such repository. */
export async function gitSource(path: string): Promise<ImportSource> {
  // `rev-list --first-parent`: merging another project's history later adds a root, and must not change ours.
  const root =
    (await git(path, 'rev-list', '--first-parent', '--max-parents=0', 'HEAD')).trim().split('\n')[0] ?? ''
  const total = Number(await git(path, 'rev-list', '--count', 'HEAD'))
  const repository = { root, name: await repositoryName(path) }
  let read = 0
  async function* items(skip: number): AsyncIterable<SourceItem> {
    read = skip
    const child = spawn('git', [...PLAIN_GIT, '-C', path, ...LOG_OPTIONS, 'HEAD'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close') as Promise<[number | null]>
    let number = 0
    try {
      for await (const commit of commitsOf(child.stdout as AsyncIterable<Buffer>)) {
        if (++number <= skip) continue
        const entry = toGitEntry(commit, repository, derivedId('git', root, commit.sha))
        const json = JSON.stringify(entry)
        read = number
        yield { number, place: `commit ${commit.sha}`, original: json, mapped: { entry: Buffer.from(json) } }
      }
      const [code] = await ended
      if (code !== 0) throw new AppError('invalid_request', { hint: `git log ended with code ${code}.` })
    } finally {
      child.kill()
    }
  }
  return { items, fraction: () => (total === 0 ? 1 : read / total) }
}

/** The commit that HEAD is now. */
export async function headCommit(path: string): Promise<string> {
  return (await git(path, 'rev-parse', 'HEAD')).trim()
}

async function repositoryName(path: string): Promise<string> {
  const remote = await git(path, 'config', '--get', 'remote.origin.url').catch(() => '')
  const place = remote.trim() || (await git(path, 'rev-parse', '--show-toplevel').catch(() => path)).trim()
  return basename(place.replace(/[/\\]+$/, '')).replace(/\.git$/, '')
}

async function git(path: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', [...PLAIN_GIT, '-C', path, ...args], {
      maxBuffer: 1 << 20,
    })
    return stdout
  } catch (cause) {
    const { code, stderr } = cause as { code?: unknown; stderr?: string }
    if (code === 'ENOENT')
      throw new AppError('invalid_request', { hint: 'git is not installed, or not on the PATH.', cause })
    throw new AppError('invalid_request', {
      hint: `${path} is no git repository with commits: ${(stderr ?? '').trim().split('\n')[0]}`,
      cause,
    })
  }
}
