import type { ReactNode } from 'react'
import { Link } from '../router/link.js'
import { linkTo } from '../router/location.js'

/** Leads to the entries with an action. */
export function EntriesLink({ action, children }: { readonly action: string; readonly children: ReactNode }) {
  return (
    <Link to={linkTo('/logs', { q: `action:${JSON.stringify(action)}` })} className="numbers">
      {children}
      <span className="spoken"> entries with {action}</span>
    </Link>
  )
}
