import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cosign, KEY_TYPE, parseAddCheckpoint, parseNote } from '@counterfoil/core'
import { aSigner } from '@counterfoil/core/testing'
import { TestLog } from '@counterfoil/verify/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { submitCheckpoint } from './submit.js'

// Somebody else's service: it may answer anything.

const log = new TestLog(10)
const note = new TextDecoder().decode(log.checkpoint())
const { text } = parseNote(log.checkpoint())
const signer = aSigner('w.example', 3, KEY_TYPE.cosignature)
const stranger = aSigner('w.example', 4, KEY_TYPE.cosignature)
const nowS = () => Math.floor(Date.now() / 1_000)

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve))
})

/** Submits to a witness that answers like this. */
async function submit(listener: RequestListener) {
  const running = createServer(listener)
  server = running
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(running.address() as AddressInfo).port}/`
  return submitCheckpoint({
    witness: { name: 'w', key: signer.key, url },
    oldSize: 4,
    proof: log.consistency(4, 10),
    note,
    text,
  })
}
const answer =
  (status: number, body: string, type = 'text/plain'): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(body)

describe('what a witness answers', () => {
  it('is taken when its own key has cosigned what it was shown', async () => {
    const junk = await cosign(stranger.key, stranger.sign, text, nowS())
    const line = await cosign(signer.key, signer.sign, text, nowS())
    let asked: Buffer[] = []
    const found = await submit((request, response) => {
      asked = []
      request.on('data', (part: Buffer) => asked.push(part)).on('end', () => response.end(junk + line))
    })
    expect(found).toMatchObject({ kind: 'cosigned', line })
    expect(parseAddCheckpoint(Buffer.concat(asked))).toMatchObject({
      oldSize: 4,
      proof: log.consistency(4, 10),
    })
  })

  it.each([
    ['another key', async () => cosign(stranger.key, stranger.sign, text, nowS())],
    [
      'another checkpoint',
      async () => cosign(signer.key, signer.sign, parseNote(log.checkpoint(9)).text, nowS()),
    ],
    ['the future', async () => cosign(signer.key, signer.sign, text, nowS() + 3_600)],
    ['no time', async () => cosign(signer.key, signer.sign, text, 0)],
    ['nothing', async () => ''],
    ['nonsense', async () => '— w.example !!!\n'],
    ['far too much', async () => 'x'.repeat(1_000_000)],
  ])('is not taken with a cosignature of %s', async (_what, lines) => {
    expect(await submit(answer(200, await lines()))).toMatchObject({ kind: 'failed' })
  })

  it('is told apart: elsewhere, another history, or trouble', async () => {
    expect(await submit(answer(409, '7\n', 'text/x.tlog.size'))).toEqual({ kind: 'conflict', size: 7 })
    expect(await submit(answer(409, 'x\n', 'text/x.tlog.size'))).toMatchObject({ kind: 'failed' })
    // Another root at the same size: version 1.0.0 of the protocol says it with 409, later ones with 422.
    expect(await submit(answer(409, 'roots differ'))).toMatchObject({ kind: 'inconsistent' })
    expect(await submit(answer(422, 'no proof'))).toMatchObject({ kind: 'inconsistent' })
    for (const status of [400, 403, 404, 429, 500, 503])
      expect(await submit(answer(status, 'no'))).toMatchObject({ kind: 'failed' })
    expect(
      await submit((_request, response) =>
        response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      ),
    ).toMatchObject({ kind: 'failed' })
    expect(await submit((request) => request.destroy())).toMatchObject({ kind: 'failed' })
  })
})
