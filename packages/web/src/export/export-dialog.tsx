import { useEffect, useRef, useState } from 'react'
import { may, useMe } from '../api/me.js'
import type { ColumnChoice } from '../logs/columns.js'
import { type LogSelection, selectionQuery } from '../logs/selection.js'
import { count, counted, dateTime } from '../time/format.js'
import { Button } from '../ui/button.js'
import { Dialog } from '../ui/dialog.js'
import { Banner, ErrorNotice } from '../ui/notice.js'
import { columnsOfExport } from './columns-of-export.js'
import type { ExportFormat } from './row-counter.js'
import { type ExportState, useExport } from './use-export.js'
import './export-dialog.css'

interface ExportDialogProps {
  readonly selection: LogSelection
  /** How many entries the list has; the file has the same. */
  readonly total: number
  /** When the newest entry of the list was recorded: the file ends there, too. */
  readonly newestAt: string | undefined
  readonly columns: readonly ColumnChoice[]
  readonly zone: string
  readonly onClose: () => void
}

/** A file of exactly what the list has. */
export function ExportDialog({ selection, total, newestAt, columns, zone, onClose }: ExportDialogProps) {
  const [format, setFormat] = useState<ExportFormat>('csv')
  const [isShown, setShown] = useState(true)
  const { state, start, cancel } = useExport()
  const isRunning = state.kind === 'running'
  const begin = () => {
    const asked = selectionQuery(selection)
    const upToNewest = newestAt === undefined ? asked : { ...asked, to_date: newestAt }
    if (format === 'tar') return void start(isWhole(selection) ? {} : upToNewest, format, total)
    const chosen = format === 'csv' && isShown ? { columns: columnsOfExport(columns).join(',') } : {}
    void start({ ...upToNewest, order: selection.order, ...chosen }, format, total)
  }
  const close = () => {
    cancel()
    onClose()
  }
  return (
    <Dialog
      title="Export"
      onClose={close}
      foot={
        isRunning ? (
          <Button onClick={cancel}>Cancel</Button>
        ) : (
          <>
            <Button onClick={close}>Close</Button>
            <Button look="primary" icon="download" disabled={total === 0} onClick={begin}>
              Export {format === 'tar' ? 'evidence' : counted(total, 'row', 'rows')}
            </Button>
          </>
        )
      }
    >
      <div className="export">
        <p>
          <strong>{counted(total, 'entry', 'entries')}</strong>, {windowText(selection, zone)}
          {selection.query !== '' && (
            <>
              , found by <code>{selection.query}</code>
            </>
          )}
          .
        </p>
        <Choices
          format={format}
          isShown={isShown}
          isDisabled={isRunning}
          columns={columns}
          onFormat={setFormat}
          onShown={setShown}
        />
        <Progress state={state} total={total} />
        <p className="soft">That you exported is itself recorded in the log.</p>
      </div>
    </Dialog>
  )
}

interface ChoicesProps {
  readonly format: ExportFormat
  /** Whether the file has the columns of the list; else all. */
  readonly isShown: boolean
  readonly isDisabled: boolean
  readonly columns: readonly ColumnChoice[]
  readonly onFormat: (format: ExportFormat) => void
  readonly onShown: (isShown: boolean) => void
}

function Choices({ format, isShown, isDisabled, columns, onFormat, onShown }: ChoicesProps) {
  const me = useMe().data
  return (
    <>
      <fieldset disabled={isDisabled}>
        <legend>Format</legend>
        <Choice
          name="format"
          isChosen={format === 'csv'}
          onChoose={() => onFormat('csv')}
          title="CSV"
          note="For spreadsheets. A cell that one would run as a formula begins with an apostrophe."
        />
        <Choice
          name="format"
          isChosen={format === 'ndjson'}
          onChoose={() => onFormat('ndjson')}
          title="NDJSON"
          note="An entry a line with every field, as it was recorded."
        />
        {may(me, 'entries.verify') && (
          <Choice
            name="format"
            isChosen={format === 'tar'}
            onChoose={() => onFormat('tar')}
            title="Evidence"
            note="An archive for auditors: the entries, all that proves them, and a page that verifies them offline."
          />
        )}
      </fieldset>
      {format === 'csv' && (
        <fieldset disabled={isDisabled}>
          <legend>Columns</legend>
          <Choice
            name="columns"
            isChosen={isShown}
            onChoose={() => onShown(true)}
            title="Those of the list"
            note={columnsOfExport(columns).join(', ')}
          />
          <Choice
            name="columns"
            isChosen={!isShown}
            onChoose={() => onShown(false)}
            title="All"
            note="Every field, with before, after and metadata as JSON."
          />
        </fieldset>
      )}
    </>
  )
}

/** Everything that the log has: its evidence is then that of the whole log, and not of chosen entries. */
function isWhole({ query, from, to }: LogSelection): boolean {
  return query === '' && from === undefined && to === undefined
}

function windowText({ from, to }: LogSelection, zone: string): string {
  const write = (iso: string) => dateTime(Date.parse(iso), zone)
  if (from === undefined && to === undefined) return 'all time'
  return `${from === undefined ? 'from the beginning' : `from ${write(from)}`} ${to === undefined ? 'until now' : `to ${write(to)}`} (${zone})`
}

function Choice({
  name,
  isChosen,
  onChoose,
  title,
  note,
}: {
  readonly name: string
  readonly isChosen: boolean
  readonly onChoose: () => void
  readonly title: string
  readonly note: string
}) {
  return (
    <label className="export-choice">
      <input type="radio" name={name} checked={isChosen} onChange={onChoose} />
      <span>
        <span className="export-title">{title}</span>
        <span className="soft">{note}</span>
      </span>
    </label>
  )
}

/** Scrolls into sight when there is something new to say: where the window is low, the choices above fill it. */
function Progress({ state, total }: { readonly state: ExportState; readonly total: number }) {
  const place = useRef<HTMLDivElement>(null)
  const { kind } = state
  useEffect(() => {
    if (kind !== 'idle') place.current?.scrollIntoView({ block: 'nearest' })
  }, [kind])
  return (
    <div ref={place} className="export-state">
      <ProgressText state={state} total={total} />
    </div>
  )
}

function ProgressText({ state, total }: { readonly state: ExportState; readonly total: number }) {
  switch (state.kind) {
    case 'running':
      return (
        <div className="export-progress">
          {/* Without a value it shows that something goes on, and not how far it is. */}
          <progress
            {...(state.rows === undefined ? {} : { value: state.rows, max: Math.max(1, total) })}
            aria-label={state.rows === undefined ? 'Archive so far' : 'Rows so far'}
          />
          <span className="numbers">
            {state.rows !== undefined && `${count(state.rows)} of ${count(total)} · `}
            {megabytes(state.bytes)}
          </span>
        </div>
      )
    case 'done':
      return (
        <Banner tone="good">
          {state.rows !== undefined && `${counted(state.rows, 'row', 'rows')}, `}
          {megabytes(state.bytes)}: {state.name}
        </Banner>
      )
    case 'cancelled':
      return <Banner tone="plain">Cancelled; nothing was kept.</Banner>
    case 'failed':
      return <ErrorNotice error={state.error} />
    default:
      return null
  }
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
