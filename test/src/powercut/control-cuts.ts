import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '@counterfoil/server/dist/sqlite/driver.js'
import { ownGroup, signalGroup } from '../support/process-group.js'
import { Random } from '../support/random.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { Disk } from './disk.js'
import { cutPower } from './power.js'

/** Writers whose fate under a power cut is known. The first two must lose what they acknowledged, the last must not. */
export const CONTROLS = ['without-fsync', 'with-normal', 'with-full'] as const
export type Control = (typeof CONTROLS)[number]

export interface ControlSummary {
  readonly control: Control
  readonly cycles: number
  readonly cyclesWithLoss: number
  readonly acked: number
  readonly lost: number
}

const DISK_BYTES = 256 * 2 ** 20
const CUT_MS_MIN = 500
const CUT_MS_MAX = 900

/**
 * Cuts the power under a control writer. If a writer that must lose loses nothing, the cut reaches nothing, and that
 * the server loses nothing proves nothing.
 */
export async function runControlCuts(
  control: Control,
  cycles: number,
  seed: number,
): Promise<ControlSummary> {
  const random = new Random(seed)
  let acked = 0
  let lost = 0
  let cyclesWithLoss = 0
  for (let cycle = 0; cycle < cycles; cycle++) {
    const cut = await cutOnce(control, random.between(CUT_MS_MIN, CUT_MS_MAX))
    acked += cut.acked
    lost += cut.lost
    if (cut.lost > 0) cyclesWithLoss++
  }
  return { control, cycles, cyclesWithLoss, acked, lost }
}

async function cutOnce(control: Control, afterMs: number): Promise<{ acked: number; lost: number }> {
  const folder = scratchFolder('control')
  let disk = await Disk.make(folder, 0, DISK_BYTES)
  const writer = startWriter(control, disk.place)
  try {
    await writer.started
    await delay(afterMs)
    disk = await cutPower(disk, writer.child.pid as number, writer.ended)
    const acked = writer.acked()
    const present = control === 'without-fsync' ? linesIn(disk.place) : await rowsIn(disk.place, folder)
    return { acked, lost: Math.max(0, acked - present) }
  } finally {
    signalGroup(writer.child.pid as number, 'SIGKILL')
    await writer.ended
    await disk.discard()
    discardFolder(folder)
  }
}

interface Writer {
  readonly child: ChildProcess
  readonly started: Promise<void>
  readonly ended: Promise<unknown>
  /** How many lines it has acknowledged. */
  readonly acked: () => number
}

function startWriter(control: Control, place: string): Writer {
  const script = fileURLToPath(new URL(`./writers/${control}.js`, import.meta.url))
  const child = spawn(process.execPath, [script, place], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  ownGroup(child)
  let acked = 0
  let rest = ''
  const started = new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the writer ${control} ended by itself`)))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() as string
      if (lines.length > 0) acked = Number(lines.at(-1))
      resolve()
    })
  })
  started.catch(() => undefined)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return { child, started, ended, acked: () => acked }
}

function linesIn(place: string): number {
  const path = join(place, 'lines.txt')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0
}

async function rowsIn(place: string, folder: string): Promise<number> {
  if (!existsSync(join(place, 'rows.db'))) return 0
  // Read off the disk: an engine in this process may keep its files open past `close`, and so the disk mounted.
  for (const name of ['rows.db', 'rows.db-wal'])
    if (existsSync(join(place, name))) copyFileSync(join(place, name), join(folder, name))
  const database = await openDatabase(join(folder, 'rows.db'))
  try {
    const { count } = database.prepare('SELECT count(*) AS count FROM lines').get() as { count: number }
    return count
  } catch {
    // The cut took the very table.
    return 0
  } finally {
    database.close()
  }
}
