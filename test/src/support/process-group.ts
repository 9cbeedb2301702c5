import type { ChildProcess } from 'node:child_process'

const leaders = new Set<number>()

// A test that ends in the middle must not leave processes behind that hold mounts and data directories.
process.on('exit', () => {
  for (const pid of leaders) signalGroup(pid, 'SIGKILL')
})

/** Ends the group that a detached child leads when this process ends. Give it every detached child. */
export function ownGroup(child: ChildProcess): void {
  const pid = child.pid as number
  leaders.add(pid)
  child.once('exit', () => leaders.delete(pid))
}

/** Signals every process of a group; nothing when there is none left. */
export function signalGroup(leaderPid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leaderPid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
