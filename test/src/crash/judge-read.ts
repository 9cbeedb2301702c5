import type { Api, ApiAnswer } from '../support/api.js'
import { codeOf } from '../support/api.js'
import type { Findings } from '../support/findings.js'
import type { Load } from '../support/load.js'
import { EVERY_ACTION } from '../support/numbered-entry.js'

interface Page {
  readonly data: readonly { readonly id: string; readonly seq: number }[]
  readonly complete_through_seq: number
  readonly partial?: boolean
}

interface Histogram {
  readonly data: readonly { readonly total: number }[]
  readonly complete_through_seq: number
  readonly partial?: boolean
}

/** What a read said of itself while the engine was away or back. */
export type ReadVerdict = 'complete' | 'partial' | 'unavailable'

const LIMIT = 50
/** Codes of refusals that are honest while the engine is away. */
const INDEX_AWAY: readonly string[] = ['index_unavailable']

/**
 * Reads the newest entries through the index while entries are being recorded. A read may say that it is partial, or
 * refuse with 503; it must not leave out what was acknowledged before it in silence.
 */
export async function judgePage(
  api: Api,
  load: Load,
  findings: Findings,
  refusals = INDEX_AWAY,
): Promise<ReadVerdict> {
  const before = load.acknowledgements.maxSeq
  const path = `/v1/audit_log_entries?limit=${LIMIT}&action=${encodeURIComponent(EVERY_ACTION)}`
  const answer = await api.get(path)
  if (answer.status !== 200) return judgeRefusal(answer, findings, refusals)
  const { data, complete_through_seq: through, partial = false } = JSON.parse(answer.text) as Page
  data.forEach(({ id, seq }, i) => {
    const number = load.entries.numberOf(id)
    const acknowledged = number === undefined ? undefined : load.acknowledgements.seqOf(number)
    if (number === undefined || (acknowledged !== undefined && acknowledged !== seq))
      findings.report('altered', `while the engine was away ${id} was listed at ${seq}, not ${acknowledged}`)
    if (i > 0 && seq !== (data[i - 1]?.seq as number) - 1)
      findings.report('order', `while the engine was away ${seq} was listed after ${data[i - 1]?.seq}`)
  })
  if (partial) return 'partial'
  const newest = data[0]?.seq ?? -1
  if (through < before || newest < before || data.length < Math.min(LIMIT, before + 1))
    findings.report(
      'index',
      `${before} was acknowledged; a page that calls itself complete begins at ${newest}, has ${data.length} entries and covers ${through}`,
    )
  return 'complete'
}

/** Counts through the index while entries are being recorded. */
export async function judgeCount(
  api: Api,
  load: Load,
  findings: Findings,
  refusals = INDEX_AWAY,
): Promise<ReadVerdict> {
  const before = load.acknowledgements.maxSeq
  const answer = await api.get('/v1/audit_log_entries/histogram?interval=day')
  if (answer.status !== 200) return judgeRefusal(answer, findings, refusals)
  const { data, complete_through_seq: through, partial = false } = JSON.parse(answer.text) as Histogram
  const total = data.reduce((sum, bucket) => sum + bucket.total, 0)
  const { issued } = load.acknowledgements
  if (total < through + 1 || total > issued || (!partial && through < before))
    findings.report(
      'index',
      `${before} was acknowledged; a histogram counts ${total} of ${issued}, covers ${through}, partial ${partial}`,
    )
  return partial ? 'partial' : 'complete'
}

function judgeRefusal(answer: ApiAnswer, findings: Findings, refusals: readonly string[]): ReadVerdict {
  const honest =
    answer.status === 503 &&
    refusals.includes(codeOf(answer.text) ?? '') &&
    Number(answer.headers['retry-after']) > 0
  if (!honest)
    findings.report(
      'refused',
      `a read without the engine answered ${answer.status} ${codeOf(answer.text)}, Retry-After ${answer.headers['retry-after']}`,
    )
  return 'unavailable'
}
