import { readdirSync, readFileSync } from 'node:fs'

/** Memory of a process and all below it. */
export interface TreeMemory {
  /** Resident now, summed. */
  readonly rssMb: number
  /** Each process at its own highest, summed: an upper bound, the highs need not have met. */
  readonly highWaterMb: number
  readonly processes: number
}

/** Reads /proc; answers nothing on systems without it. */
export function readTreeMemory(rootPid: number): TreeMemory | undefined {
  const pids = treeOf(rootPid)
  let rssKib = 0
  let highWaterKib = 0
  for (const pid of pids) {
    const status = readProc(`${pid}/status`)
    rssKib += kibOf(status, 'VmRSS')
    highWaterKib += kibOf(status, 'VmHWM')
  }
  if (rssKib === 0) return undefined
  return { rssMb: (rssKib * 1_024) / 1e6, highWaterMb: (highWaterKib * 1_024) / 1e6, processes: pids.length }
}

/** Watches a process tree: processes come and go, and the sum has a peak that no single process knows. */
export class MemoryWatch {
  readonly #rootPid: number
  readonly #timer: NodeJS.Timeout
  #peakRssMb: number | undefined

  constructor(rootPid: number, everyMs: number) {
    this.#rootPid = rootPid
    this.#timer = setInterval(() => this.#look(), everyMs)
    this.#look()
  }

  /** Ends the watch; answers the highest sum that was seen. */
  end(): number | undefined {
    clearInterval(this.#timer)
    this.#look()
    return this.#peakRssMb
  }

  #look(): void {
    const rssMb = readTreeMemory(this.#rootPid)?.rssMb
    if (rssMb !== undefined) this.#peakRssMb = Math.max(rssMb, this.#peakRssMb ?? 0)
  }
}

function treeOf(rootPid: number): readonly number[] {
  const childrenOf = new Map<number, number[]>()
  for (const pid of allPids()) {
    // The name in parentheses may hold anything; the parent is the second field after it.
    const parent = Number(readProc(`${pid}/stat`).split(') ').at(-1)?.split(' ')[1])
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid])
  }
  const tree = [rootPid]
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []))
  return tree
}

function allPids(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return [] // No /proc on this system.
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return '' // The process ended meanwhile.
  }
}

function kibOf(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
}
