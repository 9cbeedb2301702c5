import type { ReactNode } from 'react'
import './table.css'

export interface Column<Row> {
  readonly name: string
  /** The name is read aloud and not shown: of a column of buttons, which say themselves what they are. */
  readonly spoken?: boolean
  readonly cell: (row: Row) => ReactNode
}

interface TableProps<Row> {
  /** Read aloud. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}

/** A plain table of a few rows. Where the window is narrow, the cells of a row stand one below the other, each with its column's name. */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <section
      className={columns.length > 2 ? 'table-frame table-tall' : 'table-frame'}
      aria-label={caption}
      tabIndex={0}
    >
      <table className="table">
        <thead>
          <tr>
            {columns.map(({ name, spoken }) => (
              <th key={name} scope="col">
                {spoken ? <span className="spoken">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, spoken, cell }) => (
                <td key={name} data-label={spoken ? undefined : name}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
