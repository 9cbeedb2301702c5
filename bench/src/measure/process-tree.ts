import { readdirSync, readFileSync } from 'node:fs'

/** What a process and all below it use. */
export interface TreeUse {
  /** Resident now, summed. */
  readonly rssMb: number
  /** Each process at its own highest, summed: an upper bound, the highs need not have met. */
  readonly highWaterMb: number
  /** CPU time since they started: of the root alone, and of all below it, also of those that have ended. */
  readonly rootCpuSeconds: number
  readonly belowCpuSeconds: number
  readonly processes: number
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100

/** Reads /proc; answers nothing on systems without it. */
export function readTree(rootPid: number): TreeUse | undefined {
  const statuses = treeOf(rootPid).map((pid) => ({ pid, status: readProc(`${pid}/status`) }))
  if (statuses[0]!.status === '') return undefined
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const megabytes = (field: string) => (sum(statuses.map(({ status }) => kibOf(status, field))) * 1_024) / 1e6
  return {
    rssMb: megabytes('VmRSS'),
    highWaterMb: megabytes('VmHWM'),
    rootCpuSeconds: cpuSecondsOf(rootPid),
    belowCpuSeconds:
      sum(statuses.slice(1).map(({ pid }) => cpuSecondsOf(pid))) +
      sum(statuses.map(({ pid }) => endedCpuSecondsOf(pid))),
    processes: statuses.length,
  }
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
    const rssMb = readTree(this.#rootPid)?.rssMb
    if (rssMb !== undefined) this.#peakRssMb = Math.max(rssMb, this.#peakRssMb ?? 0)
  }
}

function treeOf(rootPid: number): readonly number[] {
  const childrenOf = new Map<number, number[]>()
  for (const pid of allPids()) {
    const parent = Number(statFields(pid)[1])
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid])
  }
  const tree = [rootPid]
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []))
  return tree
}

function cpuSecondsOf(pid: number): number {
  const fields = statFields(pid)
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND
}

/** Of processes below that have ended and that it waited for. */
function endedCpuSecondsOf(pid: number): number {
  const fields = statFields(pid)
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / TICKS_PER_SECOND
}

/** The fields of /proc/<pid>/stat after the name in parentheses, which may hold anything. */
function statFields(pid: number): readonly string[] {
  return readProc(`${pid}/stat`).split(') ').at(-1)!.split(' ')
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
