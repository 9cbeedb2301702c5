import { Socket } from 'node:net'

/**
 * A socket that sends what is written to it in one turn of the event loop at once. The driver writes each statement by itself:
 * where a transaction sends five without waiting, that was five system calls, and PostgreSQL woke up for each.
 */
export class GatheringSocket extends Socket {
  #gathering = false

  override connect(...where: unknown[]): this {
    Reflect.apply(Socket.prototype.connect, this, where)
    // It puts Socket's own `write` upon the object.
    Reflect.deleteProperty(this, 'write')
    return this
  }

  override write(...written: unknown[]): boolean {
    if (!this.#gathering) {
      this.#gathering = true
      this.cork()
      process.nextTick(() => {
        this.#gathering = false
        this.uncork()
      })
    }
    return Reflect.apply(Socket.prototype.write, this, written) as boolean
  }
}
