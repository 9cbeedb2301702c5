import type { ReactNode } from 'react'
import { Brand } from '../shell/brand.js'
import './sign-in.css'

/** What is shown to those who are not in yet. */
export function EntranceSheet({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="sign-in">
      <div className="sign-in-sheet">
        <div className="sign-in-brand">
          <Brand />
          <h1>{title}</h1>
        </div>
        {children}
      </div>
    </main>
  )
}
