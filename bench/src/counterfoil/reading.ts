import type { Figures } from '../figures.js'
import { runLoadProcess } from '../load/load-process.js'
import type { BenchParameters } from '../parameters.js'
import { questionsOf, READ_KINDS, type ReadKind } from '../reads/questions.js'
import type { CounterfoilProcess } from './counterfoil-process.js'
import { pathOf } from './paths.js'
import { assertNoFailure } from './recording.js'

/** Asks each kind of question on one connection, one after the other: what one reader waits for. */
export async function measureReads(
  server: CounterfoilProcess,
  { seed, readSamples, readWarmUp }: BenchParameters,
): Promise<Figures['readMs']> {
  const questions = questionsOf(seed)
  const measured: [ReadKind, { p50: number; p99: number }][] = []
  for (const kind of READ_KINDS) {
    const report = await runLoadProcess({
      port: server.port,
      token: server.token,
      connections: 1,
      requests: {
        kind: 'read',
        paths: questions[kind].map((wanted) => pathOf(kind, wanted)),
        warmUp: readWarmUp,
      },
      secondsMax: Number.MAX_SAFE_INTEGER,
      requestsMax: readWarmUp + readSamples,
      progressEverySeconds: 0,
    })
    assertNoFailure(report)
    measured.push([kind, { p50: report.latencyMs.p50, p99: report.latencyMs.p99 }])
  }
  return Object.fromEntries(measured) as Figures['readMs']
}
