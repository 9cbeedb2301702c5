import { execFileSync } from 'node:child_process'
import os from 'node:os'

/** Where and on what a run took place. A figure without this is not a figure. */
export interface Environment {
  readonly at: string
  readonly commit: string | null
  readonly dirty: boolean | null
  readonly node: string
  readonly os: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  /** Runnable processes when the run began: beside a busy neighbour, figures are lower. */
  readonly loadAverage: number
}

export function readEnvironment(): Environment {
  const changes = git('status', '--short')
  return {
    at: new Date().toISOString(),
    commit: git('rev-parse', 'HEAD'),
    dirty: changes === null ? null : changes !== '',
    node: process.version,
    os: `${os.type()} ${os.release()}`,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    loadAverage: os.loadavg()[0]!,
  }
}

/** Nothing where there is no git or no repository, as in a container. */
function git(...words: readonly string[]): string | null {
  try {
    // Without optional locks `status` leaves the index file alone, which others may be writing.
    return execFileSync('git', ['--no-optional-locks', ...words], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}
