import type { ReactNode } from 'react'
import './administration.css'

/** A word about a thing. Its colour says nothing that its text does not. */
export function Tag({
  tone = 'plain',
  children,
}: {
  readonly tone?: 'plain' | 'good' | 'warning' | 'danger' | 'accent'
  readonly children: ReactNode
}) {
  return <span className={`tag tag-${tone}`}>{children}</span>
}
