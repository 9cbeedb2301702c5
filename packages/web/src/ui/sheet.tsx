import type { ReactNode } from 'react'
import './administration.css'

/** A page that reads from top to bottom. */
export function Sheet({
  title,
  intro,
  actions,
  children,
}: {
  readonly title: string
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <div className="sheet">
      <header className="sheet-head">
        <div>
          <h1>{title}</h1>
          {intro !== undefined && <p className="sheet-intro">{intro}</p>}
        </div>
        {actions}
      </header>
      {children}
    </div>
  )
}

/** A part of a sheet with a heading of its own. */
export function Card({
  title,
  intro,
  actions,
  children,
}: {
  readonly title: string
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children?: ReactNode
}) {
  return (
    <section className="card">
      <header className="card-head">
        <div>
          <h2>{title}</h2>
          {intro !== undefined && <p className="sheet-intro">{intro}</p>}
        </div>
        {actions}
      </header>
      {children !== undefined && <div className="card-body">{children}</div>}
    </section>
  )
}
