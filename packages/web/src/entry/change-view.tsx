import { useMemo, useState } from 'react'
import { Button } from '../ui/button.js'
import { NARROW, useMedia } from '../ui/use-media.js'
import { changedPart, type DiffLine, diffLines, jsonLines } from './line-diff.js'

interface ChangeViewProps {
  readonly before: unknown
  readonly after: unknown
}

/** Before and after: side by side, or one below the other where there is less room. */
export function ChangeView({ before, after }: ChangeViewProps) {
  const isNarrow = useMedia(NARROW)
  const [wantsInline, setInline] = useState(false)
  const isInline = isNarrow || wantsInline
  const lines = useMemo(
    () => diffLines(before === null ? [] : jsonLines(before), after === null ? [] : jsonLines(after)),
    [before, after],
  )
  const changed = lines.filter(({ kind }) => kind !== 'same').length
  return (
    <section className="entry-part">
      <div className="entry-part-head">
        <h3>Changes</h3>
        <span className="soft">
          {changed === 0 ? 'no difference' : changed === 1 ? '1 line' : `${changed} lines`}
        </span>
        {!isNarrow && (
          <Button small look="quiet" aria-pressed={wantsInline} onClick={() => setInline(!wantsInline)}>
            Inline
          </Button>
        )}
      </div>
      <section className="diff" tabIndex={0} aria-label="Before and after">
        {isInline ? <InlineDiff lines={lines} /> : <SideBySide lines={lines} />}
      </section>
    </section>
  )
}

function SideBySide({ lines }: { readonly lines: readonly DiffLine[] }) {
  return (
    <table className="diff-table">
      <thead>
        <tr>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name and do not move.
          <tr key={i}>
            <td
              className={
                line.kind === 'same' ? undefined : line.before === undefined ? 'diff-none' : 'diff-removed'
              }
            >
              <DiffText
                text={line.before}
                other={line.kind === 'changed' ? line.after : undefined}
                mark="removed"
              />
            </td>
            <td
              className={
                line.kind === 'same' ? undefined : line.after === undefined ? 'diff-none' : 'diff-added'
              }
            >
              <DiffText
                text={line.after}
                other={line.kind === 'changed' ? line.before : undefined}
                mark="added"
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function InlineDiff({ lines }: { readonly lines: readonly DiffLine[] }) {
  return (
    <div className="diff-inline">
      {lines.map((line, i) => {
        const other = line.kind === 'changed'
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name and do not move.
          <div key={i}>
            {line.kind === 'same' && <div className="diff-line">{line.before}</div>}
            {line.kind !== 'same' && line.before !== undefined && (
              <div className="diff-line diff-removed">
                <span className="diff-sign">−</span>
                <DiffText text={line.before} other={other ? line.after : undefined} mark="removed" />
              </div>
            )}
            {line.kind !== 'same' && line.after !== undefined && (
              <div className="diff-line diff-added">
                <span className="diff-sign">+</span>
                <DiffText text={line.after} other={other ? line.before : undefined} mark="added" />
              </div>
            )}
          </div>
        )
      })}
    </div>
  )
}

/** A line, with the part that differs from the other version of it. */
function DiffText({
  text,
  other,
  mark,
}: {
  readonly text: string | undefined
  readonly other: string | undefined
  readonly mark: 'added' | 'removed'
}) {
  if (text === undefined) return null
  if (other === undefined) return text
  const [start, middle, end] = changedPart(text, other)
  const Mark = mark === 'added' ? 'ins' : 'del'
  return (
    <>
      {start}
      {middle !== '' && <Mark>{middle}</Mark>}
      {end}
    </>
  )
}
