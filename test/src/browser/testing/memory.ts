import { readdirSync, readFileSync } from 'node:fs'

/** Bytes that a program and all that it started hold in memory of their own, files aside. Linux alone tells. */
export function ownMemory(pid: number): number {
  const children = new Map<number, number[]>()
  const anonymous = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const status = statusOf(name)
    const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    anonymous.set(Number(name), Number(/^RssAnon:\s*(\d+)/m.exec(status)?.[1] ?? 0) * 1_024)
  }
  const sum = (process: number): number =>
    (anonymous.get(process) ?? 0) + (children.get(process) ?? []).reduce((all, child) => all + sum(child), 0)
  return sum(pid)
}

/** The program that was started with `argument`. */
export function processWith(argument: string): number {
  const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && commandOf(name).includes(argument))
  if (found === undefined) throw new Error(`nothing runs with ${argument}`)
  return Number(found)
}

function statusOf(pid: string): string {
  return readIfThere(`/proc/${pid}/status`)
}

function commandOf(pid: string): readonly string[] {
  return readIfThere(`/proc/${pid}/cmdline`).split('\0')
}

/** Processes end while they are looked at. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}
