import { useState } from 'react'
import type { Listed, Workspace } from '../api/administration.js'
import { may, useMe } from '../api/me.js'
import { useChange, useResource } from '../api/resource.js'
import { Link } from '../router/link.js'
import { linkTo } from '../router/location.js'
import { Button } from '../ui/button.js'
import { ConfirmButton } from '../ui/confirm.js'
import { TextField } from '../ui/field.js'
import { FormDialog, optionalText, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Notice } from '../ui/notice.js'
import { Sheet } from '../ui/sheet.js'
import { type Column, Table } from '../ui/table.js'
import { toast } from '../ui/toast.js'

const PATH = '/v1/workspaces'

/** Divisions of the organization that entries can carry. */
export function WorkspacesPage() {
  const me = useMe().data
  const workspaces = useResource<Listed<Workspace>>(PATH)
  const [edited, setEdited] = useState<Workspace | 'new'>()
  const mayManage = may(me, 'workspaces.manage')
  const newButton = mayManage && (
    <Button look="primary" icon="plus" onClick={() => setEdited('new')}>
      New workspace
    </Button>
  )
  return (
    <Sheet
      title="Workspaces"
      intro="Divisions of your organization. Entries carry a workspace’s short name as workspace.id."
      actions={newButton}
    >
      <Loaded from={workspaces}>
        {({ data }) =>
          data.length === 0 ? (
            <Notice icon="workspace" title="There is no workspace yet" actions={newButton}>
              Make one for each team or environment that you want to tell apart. Entries may name workspaces
              that are not in this list, too.
            </Notice>
          ) : (
            <Table
              caption="Workspaces"
              rows={data}
              keyOf={({ id }) => id}
              columns={columnsFor(mayManage ? setEdited : undefined)}
            />
          )
        }
      </Loaded>
      {edited !== undefined && <WorkspaceDialog workspace={edited} onClose={() => setEdited(undefined)} />}
    </Sheet>
  )
}

function columnsFor(onEdit: ((workspace: Workspace) => void) | undefined): readonly Column<Workspace>[] {
  return [
    { name: 'Name', cell: ({ name }) => <strong>{name}</strong> },
    { name: 'Short name', cell: ({ slug }) => <span className="mono">{slug}</span> },
    { name: 'Made', cell: ({ created_at }) => <Moment time={created_at} /> },
    {
      name: 'Actions',
      spoken: true,
      cell: (workspace) => (
        <div className="row-actions">
          <Link
            to={linkTo('/logs', { q: `workspace:${quoted(workspace.slug)}` })}
            className="button button-quiet button-small"
          >
            Entries
          </Link>
          {onEdit !== undefined && (
            <>
              <Button
                look="quiet"
                small
                aria-label={`Rename ${workspace.name}`}
                onClick={() => onEdit(workspace)}
              >
                Rename
              </Button>
              <DeleteButton workspace={workspace} />
            </>
          )}
        </div>
      ),
    },
  ]
}

function DeleteButton({ workspace: { id, name } }: { readonly workspace: Workspace }) {
  const change = useChange(PATH)
  return (
    <ConfirmButton
      label="Delete"
      about={name}
      question={`Delete ${name}?`}
      onConfirm={async () => {
        await change('DELETE', `${PATH}/${id}`)
        toast(`${name} is deleted`)
      }}
    >
      Entries that name it stay as they are.
    </ConfirmButton>
  )
}

function WorkspaceDialog({
  workspace,
  onClose,
}: {
  readonly workspace: Workspace | 'new'
  readonly onClose: () => void
}) {
  const change = useChange(PATH)
  const before = workspace === 'new' ? undefined : workspace
  const save = async (fields: FormData) => {
    if (before === undefined)
      await change('POST', PATH, { slug: textOf(fields, 'slug'), name: optionalText(fields, 'name') })
    else await change('PATCH', `${PATH}/${before.id}`, { name: textOf(fields, 'name') })
    toast('The workspace is saved')
  }
  return (
    <FormDialog
      title={before === undefined ? 'New workspace' : `Rename ${before.name}`}
      submit={before === undefined ? 'Make the workspace' : 'Save'}
      onSubmit={save}
      onClose={onClose}
    >
      {before === undefined && (
        <TextField
          label="Short name"
          name="slug"
          maxLength={128}
          spellCheck={false}
          required
          hint="What entries carry as workspace.id. It cannot be changed."
        />
      )}
      <TextField
        label="Name"
        name="name"
        maxLength={200}
        required={before !== undefined}
        defaultValue={before?.name}
        hint={before === undefined ? 'The short name when left empty.' : undefined}
      />
    </FormDialog>
  )
}

/** A value as the search language takes it. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : JSON.stringify(text)
}
