import { Agent, type ClientRequestArgs } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** Keeps connections to a pipe, whatever host a request names. */
export class PipeAgent extends Agent {
  readonly #path: string

  constructor(path: string, connectionsMax: number) {
    super({ keepAlive: true, maxSockets: connectionsMax })
    this.#path = path
  }

  override createConnection(_options: ClientRequestArgs, connected: () => void): Duplex {
    return connect({ path: this.#path }, connected)
  }
}
