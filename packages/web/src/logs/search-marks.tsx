import type { SearchProblem } from '@counterfoil/core'
import { type ReactNode, type RefObject, useEffect, useRef } from 'react'

interface SearchMarksProps {
  readonly text: string
  readonly problems: readonly SearchProblem[]
  readonly input: RefObject<HTMLInputElement | null>
}

/** Lies behind the box with the very same text, unseen but for the lines under what is wrong. */
export function SearchMarks({ text, problems, input }: SearchMarksProps) {
  const marks = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const box = input.current
    if (box === null) return
    const follow = () => {
      if (marks.current !== null) marks.current.scrollLeft = box.scrollLeft
    }
    box.addEventListener('scroll', follow)
    return () => box.removeEventListener('scroll', follow)
  }, [input])
  return (
    <div ref={marks} className="search-marks" aria-hidden="true">
      {marked(text, problems)}
    </div>
  )
}

function marked(text: string, problems: readonly SearchProblem[]): readonly ReactNode[] {
  const parts: ReactNode[] = []
  let at = 0
  for (const { start, end } of problems) {
    if (start < at) continue
    parts.push(text.slice(at, start))
    // Something that is missing is marked where it should begin.
    parts.push(
      <span key={start} className="search-wrong">
        {text.slice(start, Math.max(end, start + 1)) || '\u00a0'}
      </span>,
    )
    at = Math.max(end, start + 1)
  }
  return [...parts, text.slice(at)]
}
