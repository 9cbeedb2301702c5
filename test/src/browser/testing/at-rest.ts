import { setTimeout as delay } from 'node:timers/promises'

/** What is shown once it has come to rest: read again and again until it is the same for a quarter of a second. */
export async function atRest<T>(read: () => Promise<T>): Promise<T> {
  for (let shown = await read(); ; ) {
    await delay(250)
    const now = await read()
    if (now === shown) return now
    shown = now
  }
}
