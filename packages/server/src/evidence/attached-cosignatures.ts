import type { LogEvidence } from './evidence-keeper.js'

/** What witnesses said of the checkpoint with this text, by the name of the witness. */
export interface Cosignatures {
  readonly text: string
  readonly lines: ReadonlyMap<string, string>
}

/** The evidence with its note cosigned; `before` is what stands behind the note already. */
export function withCosignatures(
  evidence: LogEvidence,
  cosignatures: Cosignatures | undefined,
  before?: Cosignatures,
): LogEvidence {
  const { note } = evidence
  if (note === undefined || cosignatures === undefined || !note.startsWith(`${cosignatures.text}\n`))
    return evidence
  const linesOf = (one: Cosignatures | undefined) =>
    one?.text === cosignatures.text ? [...one.lines.values()].join('') : ''
  const own = note.slice(0, note.length - linesOf(before).length)
  return { ...evidence, note: own + linesOf(cosignatures), cosignedBy: [...cosignatures.lines.keys()] }
}
