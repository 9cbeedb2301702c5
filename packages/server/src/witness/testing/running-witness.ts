import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { VerifierKey } from '@counterfoil/core'
import { Witness } from '../witness.js'
import { openWitnessKey, type WitnessKey } from '../witness-key.js'
import { witnessServer } from '../witness-server.js'
import { WitnessState } from '../witness-state.js'

export interface RunningWitness {
  readonly url: string
  readonly key: WitnessKey
  close(): Promise<void>
}

/** Where a witness is with a checkpoint that it cosigns: its signature is made; and it is remembered, and not yet answered. */
export type WitnessStep = 'signed' | 'remembered'

export interface WitnessOptions {
  readonly name?: string
  readonly nowMs?: () => number
  readonly onContradiction?: (origin: string) => void
  /** Signing takes up to this long, so that requests overtake each other between their checks and the commit. */
  readonly signMs?: number
  /** Told as soon as a step is done; the next begins when it has resolved, but for the answer, which nothing holds back. */
  readonly onStep?: (step: WitnessStep) => void | Promise<void>
}

/** A witness over HTTP, on a state of its own or one that was there before. */
export async function startWitness(
  directory: string,
  logKeys: () => readonly VerifierKey[],
  {
    name = 'w.example/1',
    nowMs = Date.now,
    onContradiction = () => undefined,
    signMs = 0,
    onStep = () => undefined,
  }: WitnessOptions = {},
): Promise<RunningWitness> {
  const key = openWitnessKey(join(directory, 'witness.key'), name)
  const state = await WitnessState.open(join(directory, 'witness.db'))
  const sign = async (message: Uint8Array) => {
    if (signMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * signMs))
    const signature = await key.sign(message)
    await onStep('signed')
    return signature
  }
  const witness = new Witness({ key: { ...key, sign }, state, logKeys, nowMs, onContradiction })
  const server: Server = witnessServer({
    witness,
    state,
    vkey: key.vkey,
    logKeys,
    onAnswer: (method, _path, status) => {
      if (method === 'POST' && status === 200) void onStep('remembered')
    },
    onError: (error) => {
      throw error
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      state.close()
    },
  }
}
