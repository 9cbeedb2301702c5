import { expect } from 'vitest'
import { Acknowledgements } from '../support/acknowledgements.js'
import type { Api } from '../support/api.js'
import { checkLog } from '../support/check-log.js'
import { Findings } from '../support/findings.js'
import type { Recorded } from '../support/load.js'

/** What was acknowledged until now, as numbers; more comes while it is looked at. */
export function acknowledgedNumbers({ acknowledgements }: Recorded): readonly number[] {
  return Array.from({ length: acknowledgements.issued }, (_, number) => number).filter(
    (number) => acknowledgements.seqOf(number) !== undefined,
  )
}

/** The receipts of these numbers alone, among all that were sent. */
export function receiptsOf(
  { acknowledgements, entries }: Recorded,
  numbers: readonly number[],
): Acknowledgements {
  const receipts = new Acknowledgements()
  for (let i = 0; i < acknowledgements.issued; i++) receipts.issue()
  for (const number of numbers) {
    const [id, seq] = [entries.idOf(number), acknowledgements.seqOf(number) as number]
    receipts.acknowledge(number, { id, seq, entry_hash: acknowledgements.hashOf(number) }, new Findings())
  }
  return receipts
}

/** Expects that every entry of the receipts, and `atLeast` of them, is in what was restored, and that it is signed. */
export async function expectPromised(
  api: Api,
  { entries }: Recorded,
  promised: Acknowledgements,
  atLeast: number,
): Promise<void> {
  const findings = new Findings()
  const { size } = await checkLog(api, { entries, acknowledgements: promised }, findings)
  expect(findings.texts).toEqual([])
  expect(size).toBeGreaterThanOrEqual(promised.acknowledged)
  expect(promised.acknowledged).toBeGreaterThanOrEqual(atLeast)
  expect((await api.get('/readyz')).text).toContain('"signing":"ok"')
}
