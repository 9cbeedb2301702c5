import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type EmbeddedServer, keepExitCode, startEmbeddedServer } from './embedded-server.js'
import { BROKER_VARIABLE } from './test-database.js'

/**
 * One PostgreSQL for all test files of a run, started by the first that asks for a database: a run without any does not pay for it.
 * Gives what stops it.
 */
export async function setup(): Promise<() => Promise<void>> {
  keepExitCode()
  let server: Promise<EmbeddedServer> | undefined
  let databases = 0
  const broker = createServer((_request, response) => {
    server ??= startEmbeddedServer({ max_connections: '300' })
    server
      .then((started) => started.createDatabase(`test_${++databases}`))
      .then(
        (url) => response.end(url),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
  })
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve))
  process.env[BROKER_VARIABLE] = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`
  return async () => {
    broker.close()
    await (await server)?.remove()
  }
}
