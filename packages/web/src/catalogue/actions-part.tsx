import { useState } from 'react'
import {
  actionPath,
  CATALOGUE,
  type Catalogue,
  type CatalogueAction,
  type CatalogueGroup,
  UNKNOWN,
} from '../api/catalogue.js'
import { useChange } from '../api/resource.js'
import { count, counted } from '../time/format.js'
import { Button } from '../ui/button.js'
import { ConfirmButton } from '../ui/confirm.js'
import { TextField } from '../ui/field.js'
import { Moment } from '../ui/moment.js'
import { Notice } from '../ui/notice.js'
import { type Column, Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'
import { ActionDialog } from './action-dialog.js'
import { EntriesLink } from './entries-link.js'
import { ImportDialog } from './import-dialog.js'
import './catalogue.css'

/** The catalogue by group, with what the log has of each action. */
export function ActionsPart({
  catalogue,
  mayManage,
}: {
  readonly catalogue: Catalogue
  readonly mayManage: boolean
}) {
  const [text, setText] = useState('')
  const [edited, setEdited] = useState<string | 'new'>()
  const [isImporting, setImporting] = useState(false)
  const groups = matching(catalogue.groups, text)
  const isBare = catalogue.groups.every(({ built_in }) => built_in)
  const columns = columnsFor(mayManage ? setEdited : undefined)
  return (
    <div className="form">
      <div className="form-foot catalogue-head">
        <TextField
          label="Find"
          type="search"
          placeholder="order.created"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {mayManage && (
          <>
            <Button onClick={() => setImporting(true)}>Take over a ready one</Button>
            <Button look="primary" icon="plus" onClick={() => setEdited('new')}>
              New action
            </Button>
          </>
        )}
      </div>
      {isBare && text === '' && (
        <Notice icon="book" title="You have no catalogue yet">
          Nothing has to be set up: everything is recorded as it is. With a catalogue, a misspelt action and
          metadata that lack what auditors need are noticed before it is too late to mend.
        </Notice>
      )}
      {groups.length === 0 && (
        <Notice icon="search" title="There is no such action">
          Perhaps the log has it, and the catalogue does not: see “Unknown”.
        </Notice>
      )}
      {groups.map((group) => (
        <Group key={group.name ?? ''} group={group} columns={columns} isSearched={text !== ''} />
      ))}
      {edited !== undefined && (
        <ActionDialog
          action={edited === 'new' ? undefined : edited}
          groups={catalogue.groups.flatMap(({ name, built_in }) => (name === null || built_in ? [] : [name]))}
          onClose={() => setEdited(undefined)}
        />
      )}
      {isImporting && <ImportDialog onClose={() => setImporting(false)} />}
    </div>
  )
}

/** A group with its actions. Counterfoil's own are many and never change: folded, unless somebody looks for one. */
function Group({
  group: { name, description, built_in, actions },
  columns,
  isSearched,
}: {
  readonly group: CatalogueGroup
  readonly columns: readonly Column<CatalogueAction>[]
  readonly isSearched: boolean
}) {
  const table = (
    <Table
      caption={name ?? 'In no group'}
      rows={actions}
      keyOf={({ action }) => action}
      columns={built_in ? columns.filter(({ spoken }) => spoken !== true) : columns}
    />
  )
  return (
    <section className="catalogue-group">
      <h2>
        {name ?? 'In no group'} {built_in && <Tag>built in</Tag>}
      </h2>
      {description !== '' && <p className="soft">{description}</p>}
      {built_in && !isSearched ? (
        <details>
          <summary>{counted(actions.length, 'action', 'actions')}</summary>
          {table}
        </details>
      ) : (
        table
      )}
    </section>
  )
}

function matching(groups: readonly CatalogueGroup[], text: string): readonly CatalogueGroup[] {
  const wanted = text.trim().toLowerCase()
  return groups
    .map((group) => ({
      ...group,
      actions: group.actions.filter(({ action, description }) =>
        `${group.name ?? ''} ${action} ${description}`.toLowerCase().includes(wanted),
      ),
    }))
    .filter(({ actions }) => actions.length > 0)
}

function columnsFor(onEdit: ((action: string) => void) | undefined): readonly Column<CatalogueAction>[] {
  return [
    {
      name: 'Action',
      cell: ({ action, description }) => (
        <span className="lines">
          <span className="mono">{action}</span>
          <small>{description}</small>
        </span>
      ),
    },
    {
      name: 'Schema',
      cell: ({ schema_version: version }) =>
        version === 0 ? <span className="soft">none</span> : <Tag tone="accent">version {version}</Tag>,
    },
    {
      name: 'In this log',
      cell: ({ action, count: seen }) =>
        seen === null || seen === 0 ? (
          <span className="soft">{seen === 0 ? 'none' : '–'}</span>
        ) : (
          <EntriesLink action={action}>{count(seen)}</EntriesLink>
        ),
    },
    { name: 'Last seen', cell: ({ last_seen_at }) => <Moment time={last_seen_at} never="–" /> },
    ...(onEdit === undefined
      ? []
      : [
          {
            name: 'Actions',
            spoken: true,
            cell: ({ action }: CatalogueAction) => <ActionButtons action={action} onEdit={onEdit} />,
          },
        ]),
  ]
}

function ActionButtons({
  action,
  onEdit,
}: {
  readonly action: string
  readonly onEdit: (action: string) => void
}) {
  const change = useChange(CATALOGUE, UNKNOWN)
  return (
    <div className="row-actions">
      <Button look="quiet" small aria-label={`Change ${action}`} onClick={() => onEdit(action)}>
        Change
      </Button>
      <ConfirmButton
        label="Delete"
        about={action}
        question={`Take ${action} out of the catalogue?`}
        onConfirm={async () => {
          await change('DELETE', actionPath(action))
          toast(`${action} is out of the catalogue`)
        }}
      >
        Entries stay as they are. New ones with this action count as unknown from then on.
      </ConfirmButton>
    </div>
  )
}
