import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Disk } from './disk.js'

const STAND_STILL_MS_MAX = 10_000

/**
 * Takes the power from everything in the process group and from its disk; gives what the disk holds then, mounted.
 * Rejects when the group's leader was dead already: a cut that hits nobody proves nothing.
 */
export async function cutPower(disk: Disk, leaderPid: number, groupEnded: Promise<unknown>): Promise<Disk> {
  if (!isAlive(leaderPid))
    throw new Error(`process ${leaderPid} had ended before the power cut, which proves nothing then`)
  process.kill(-leaderPid, 'SIGSTOP')
  // A thread inside fsync stops when that returns; before, a copy could hold half of a commit of the file system,
  // in an order that no disk would have written.
  await standingStill(leaderPid)
  const copy = await disk.copy()
  process.kill(-leaderPid, 'SIGKILL')
  await groupEnded
  await groupGone(leaderPid)
  await disk.discard()
  await copy.startAgain()
  return copy
}

function isAlive(pid: number): boolean {
  return membersOf(pid).some(({ pid: member, state }) => member === pid && state !== 'Z')
}

async function standingStill(group: number): Promise<void> {
  const deadlineMs = performance.now() + STAND_STILL_MS_MAX
  for (;;) {
    const members = membersOf(group)
    const moving = members.filter(({ pid, state }) => state !== 'Z' && !threadsStopped(pid))
    if (members.some(({ pid, state }) => pid === group && state !== 'Z') && moving.length === 0) return
    if (performance.now() > deadlineMs) throw new Error(`processes of group ${group} do not stand still`)
    await delay(1)
  }
}

/** Waits for children of the leader, which keep files of the disk open until they are gone. */
async function groupGone(group: number): Promise<void> {
  const deadlineMs = performance.now() + STAND_STILL_MS_MAX
  while (membersOf(group).some(({ state }) => state !== 'Z')) {
    if (performance.now() > deadlineMs) throw new Error(`processes of group ${group} do not end`)
    await delay(2)
  }
}

interface Member {
  readonly pid: number
  readonly state: string
}

function membersOf(group: number): Member[] {
  const members: Member[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const [state, , processGroup] = statusFields(`/proc/${name}/stat`)
    if (Number(processGroup) === group) members.push({ pid: Number(name), state: state as string })
  }
  return members
}

function threadsStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const [state] = statusFields(`/proc/${pid}/task/${thread}/stat`)
      return state === undefined || state === 'T' || state === 'Z' || state === 'X'
    })
  } catch {
    return true
  }
}

/** State, parent, process group and so on; none when the process is gone. */
function statusFields(path: string): string[] {
  try {
    const stat = readFileSync(path, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
