import { Button, IconButton } from '../ui/button.js'
import { boundedWidth, type ColumnChoice, type ColumnId, columnOf, defaultColumns } from './columns.js'
import { type LogColumns, type LogTable, useLogTable } from './log-table.js'
import { showColumns } from './logs-state.js'
import './columns-panel.css'

const WIDTH_STEP = 20

export function ColumnsPanel({ columns }: { readonly columns: readonly ColumnChoice[] }) {
  const table = useLogTable(columns)
  const shown = table.getVisibleLeafColumns()
  const others = table.getAllLeafColumns().filter((column) => !column.getIsVisible())
  return (
    <div className="columns-panel">
      <ul aria-label="Columns that are shown">
        {shown.map((column) => (
          <ShownColumn key={column.id} table={table} column={column} />
        ))}
      </ul>
      <ul aria-label="Further columns">
        {others.map((column) => (
          <li key={column.id}>
            <ColumnSwitch column={column} />
          </li>
        ))}
      </ul>
      <div className="columns-foot">
        <Button small onClick={() => showColumns(defaultColumns())}>
          Back to the usual columns
        </Button>
      </div>
    </div>
  )
}

type LogColumn = LogColumns[number]

function ShownColumn({ table, column }: { readonly table: LogTable; readonly column: LogColumn }) {
  const { id } = column
  const { name } = columnOf(id as ColumnId)
  const shown = table.getVisibleLeafColumns().length
  const at = column.getIndex()
  const move = (by: number) =>
    table.setColumnOrder((order) => {
      const rest = order.filter((other) => other !== id)
      return [...rest.slice(0, at + by), id, ...rest.slice(at + by)]
    })
  const widen = (by: number) =>
    table.setColumnSizing((sizing) => ({ ...sizing, [id]: boundedWidth(column.getSize() + by) }))
  return (
    <li className="columns-line">
      <ColumnSwitch column={column} isFixed={shown === 1} />
      <span className="columns-tools">
        <span className="columns-widths">
          <IconButton icon="minus" small label={`${name}: narrower`} onClick={() => widen(-WIDTH_STEP)} />
          <IconButton icon="plus" small label={`${name}: wider`} onClick={() => widen(WIDTH_STEP)} />
        </span>
        <IconButton icon="up" small label={`${name}: earlier`} disabled={at === 0} onClick={() => move(-1)} />
        <IconButton
          icon="down"
          small
          label={`${name}: later`}
          disabled={at === shown - 1}
          onClick={() => move(1)}
        />
      </span>
    </li>
  )
}

function ColumnSwitch({
  column,
  isFixed = false,
}: {
  readonly column: LogColumn
  readonly isFixed?: boolean
}) {
  return (
    <label className="columns-switch">
      <input
        type="checkbox"
        checked={column.getIsVisible()}
        disabled={isFixed}
        onChange={column.getToggleVisibilityHandler()}
      />
      {columnOf(column.id as ColumnId).name}
    </label>
  )
}
