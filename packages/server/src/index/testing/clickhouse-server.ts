import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { PipeAgent } from '../engine/pipe-agent.js'
import { type EngineAddress, SupervisedEngine } from '../engine/supervised-engine.js'

const USER = 'tester'
const PASSWORD = 'not-a-secret'
const MEMORY_BYTES = 700 * 1024 * 1024

/** The engine in a process of its own, at a fixed address, as a stand-in for a ClickHouse server. */
export class TestClickHouse {
  readonly directory: string
  readonly port: number
  readonly user = USER
  readonly password = PASSWORD
  #engine: SupervisedEngine

  private constructor(directory: string, port: number) {
    this.directory = directory
    this.port = port
    this.#engine = this.#start()
  }

  static async open(): Promise<TestClickHouse> {
    const server = new TestClickHouse(
      await mkdtemp(join(tmpdir(), 'counterfoil-clickhouse-')),
      await freePort(),
    )
    await server.#engine.address()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** As by kill -9; it comes back by itself, at the same address. */
  kill(): void {
    process.kill(this.#engine.pid ?? 0, 'SIGKILL')
  }

  /** Ends it until `start`. */
  async stop(): Promise<void> {
    await this.#engine.close()
  }

  async start(): Promise<void> {
    this.#engine = this.#start()
    await this.#engine.address()
  }

  /** The answer to a statement, as tab-separated text. */
  ask(sql: string): Promise<string> {
    return askServer({ url: this.url, user: USER, password: PASSWORD }, sql)
  }

  async remove(): Promise<void> {
    await this.#engine.close()
    await rm(this.directory, { recursive: true, force: true })
  }

  #start(): SupervisedEngine {
    return new SupervisedEngine({
      directory: this.directory,
      memoryBytes: MEMORY_BYTES,
      queryThreads: 2,
      fixed: { port: this.port, user: USER, password: PASSWORD },
    })
  }
}

/** The answer to a statement, whatever its status. */
export async function askServer({ url, pipe, user, password }: EngineAddress, sql: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const agent = pipe === undefined ? new Agent() : new PipeAgent(pipe, 1)
  const sent = request(url, { method: 'POST', headers: { authorization }, agent })
  sent.end(sql)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return text(response)
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
