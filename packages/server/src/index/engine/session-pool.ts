import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { drainPending, Session } from 'chdb'
import { removeUndefinedTables } from './empty-definitions.js'
import { type EngineBounds, sessionOptions, writeServerSettings } from './engine-options.js'
import { InsertFiles } from './insert-files.js'

interface Waiting {
  readonly grant: (session: Session) => void
  readonly signal: AbortSignal
}

/**
 * Sessions on one data directory. A session runs one statement at a time and several sessions run side by
 * side, so each statement borrows one. One more session is kept back to stop statements of the others.
 */
export class SessionPool {
  readonly #sessions: readonly Session[]
  readonly #control: Session
  readonly #idle: Session[]
  readonly #waiting: Waiting[] = []
  /** Where rows lie while they are inserted. */
  readonly files: InsertFiles

  constructor(directory: string, size: number, bounds: EngineBounds) {
    mkdirSync(directory, { recursive: true })
    const config = `--config-file=${writeServerSettings(directory, bounds)}`
    const connectionArgs = [config, ...sessionOptions(bounds)]
    this.files = new InsertFiles(join(directory, 'inserts'))
    const path = join(directory, 'store')
    removeUndefinedTables(path)
    this.#control = new Session(path, { connectionArgs })
    this.#sessions = Array.from({ length: size }, () => new Session(path, { connectionArgs }))
    this.#idle = [...this.#sessions]
  }

  /** Runs `use` with a session of its own. Rejects when `signal` fires before one is free. */
  async run<Result>(signal: AbortSignal, use: (session: Session) => Promise<Result>): Promise<Result> {
    const session = await this.#borrow(signal)
    try {
      return await use(session)
    } catch (error) {
      // chDB lists a failed statement as running until its session runs another.
      await session.queryAsync('SELECT 1').catch(() => undefined)
      throw error
    } finally {
      this.#giveBack(session)
    }
  }

  /**
   * Stops the statements whose text starts with `mark`; without effect when there is none. A statement that
   * was started this very moment may not be listed yet, hence the caller repeats it until the statement ends.
   */
  async stopStatement(mark: string): Promise<void> {
    await this.#control.queryAsync(`KILL QUERY WHERE startsWith(query, '${mark}') ASYNC`)
  }

  /** Waits for the statements that run and closes every session. */
  async close(): Promise<void> {
    await drainPending()
    for (const session of this.#sessions) session.close()
    this.#control.close()
  }

  #borrow(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted()
    const session = this.#idle.pop()
    if (session !== undefined) return Promise.resolve(session)
    return new Promise((grant, reject) => {
      const waiting = { grant, signal }
      this.#waiting.push(waiting)
      signal.addEventListener('abort', () => {
        const place = this.#waiting.indexOf(waiting)
        if (place === -1) return
        this.#waiting.splice(place, 1)
        reject(signal.reason)
      })
    })
  }

  #giveBack(session: Session): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(session)
    else next.grant(session)
  }
}
