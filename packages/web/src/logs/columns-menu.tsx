import { Button, IconButton } from '../ui/button.js'
import { Popover } from '../ui/popover.js'
import {
  boundedWidth,
  COLUMN_IDS,
  type ColumnChoice,
  type ColumnId,
  columnOf,
  defaultColumns,
} from './columns.js'
import { showColumns } from './logs-state.js'
import './columns-menu.css'

const WIDTH_STEP = 20

/** Which columns there are, in which order and how wide: everything that dragging does, and by keyboard. */
export function ColumnsMenu({ columns }: { readonly columns: readonly ColumnChoice[] }) {
  const chosen = columns.map(({ id }) => id)
  const others = COLUMN_IDS.filter((id) => !chosen.includes(id))
  return (
    <Popover label="Columns" icon="columns" align="end" face={null}>
      {() => (
        <div className="columns-menu">
          <ul aria-label="Columns that are shown">
            {columns.map((column, i) => (
              <ChosenColumn key={column.id} columns={columns} at={i} />
            ))}
          </ul>
          <ul aria-label="Further columns">
            {others.map((id) => (
              <li key={id}>
                <ColumnSwitch
                  id={id}
                  isShown={false}
                  onSwitch={() => showColumns([...columns, choiceOf(id)])}
                />
              </li>
            ))}
          </ul>
          <div className="columns-foot">
            <Button small onClick={() => showColumns(defaultColumns())}>
              Back to the usual columns
            </Button>
          </div>
        </div>
      )}
    </Popover>
  )
}

function choiceOf(id: ColumnId): ColumnChoice {
  return { id, width: columnOf(id).width }
}

function ChosenColumn({ columns, at }: { readonly columns: readonly ColumnChoice[]; readonly at: number }) {
  const { id, width } = columns[at] as ColumnChoice
  const { name } = columnOf(id)
  const move = (to: number) => {
    const rest = columns.filter((_, i) => i !== at)
    showColumns([...rest.slice(0, to), columns[at] as ColumnChoice, ...rest.slice(to)])
  }
  const widen = (by: number) =>
    showColumns(columns.map((one, i) => (i === at ? { id, width: boundedWidth(width + by) } : one)))
  return (
    <li className="columns-line">
      <ColumnSwitch
        id={id}
        isShown
        isFixed={columns.length === 1}
        onSwitch={() => showColumns(columns.filter((_, i) => i !== at))}
      />
      <span className="columns-tools">
        <span className="columns-widths">
          <IconButton icon="minus" small label={`${name}: narrower`} onClick={() => widen(-WIDTH_STEP)} />
          <IconButton icon="plus" small label={`${name}: wider`} onClick={() => widen(WIDTH_STEP)} />
        </span>
        <IconButton
          icon="up"
          small
          label={`${name}: earlier`}
          disabled={at === 0}
          onClick={() => move(at - 1)}
        />
        <IconButton
          icon="down"
          small
          label={`${name}: later`}
          disabled={at === columns.length - 1}
          onClick={() => move(at + 1)}
        />
      </span>
    </li>
  )
}

function ColumnSwitch({
  id,
  isShown,
  isFixed = false,
  onSwitch,
}: {
  readonly id: ColumnId
  readonly isShown: boolean
  readonly isFixed?: boolean
  readonly onSwitch: () => void
}) {
  return (
    <label className="columns-switch">
      <input type="checkbox" checked={isShown} disabled={isFixed} onChange={onSwitch} />
      {columnOf(id).name}
    </label>
  )
}
