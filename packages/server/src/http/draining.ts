import type { Server } from 'node:http'

/** The time between being told to stop and stopping: everything is served as ever, and whoever looks is told to go elsewhere. */
export class Draining {
  #begun = false

  get begun(): boolean {
    return this.#begun
  }

  /** From now on each connection ends with the answer to its next request. */
  begin(server: Server): void {
    this.#begun = true
    server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false
    })
  }
}
