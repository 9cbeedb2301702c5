import type { ReactNode } from 'react'
import { count } from '../time/format.js'
import { IconButton } from '../ui/button.js'
import { PAGE_SIZES, showPage, showRows } from './logs-state.js'
import '../ui/field.css'
import './pager.css'

interface PagerProps {
  readonly total: number
  readonly pageSize: number | undefined
  readonly page: number
  /** Stands beside the number of rows. */
  readonly children?: ReactNode
}

/** Under the list: pages for those who prefer them, or one list that scrolls through all. */
export function Pager({ total, pageSize, page, children }: PagerProps) {
  const pages = pageSize === undefined ? 1 : Math.max(1, Math.ceil(total / pageSize))
  return (
    <div className="pager">
      <label className="pager-rows">
        <span className="soft">Rows</span>
        <select
          className="input"
          value={pageSize ?? ''}
          onChange={(event) => showRows(event.target.value === '' ? undefined : Number(event.target.value))}
        >
          <option value="">All, scrolling</option>
          {PAGE_SIZES.map((size) => (
            <option key={size} value={size}>
              {size} a page
            </option>
          ))}
        </select>
      </label>
      {children}
      {pageSize !== undefined && (
        <nav className="pager-pages" aria-label="Pages of the list">
          <IconButton
            icon="first"
            label="First page"
            small
            disabled={page <= 1}
            onClick={() => showPage(1)}
          />
          <IconButton
            icon="left"
            label="Page before"
            small
            disabled={page <= 1}
            onClick={() => showPage(page - 1)}
          />
          <span className="numbers">
            Page {count(page)} of {count(pages)}
          </span>
          <IconButton
            icon="right"
            label="Next page"
            small
            disabled={page >= pages}
            onClick={() => showPage(page + 1)}
          />
          <IconButton
            icon="last"
            label="Last page"
            small
            disabled={page >= pages}
            onClick={() => showPage(pages)}
          />
        </nav>
      )}
    </div>
  )
}
