import { useState } from 'react'
import { useChange } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { FormDialog, textOf } from '../ui/form.js'
import { Moment } from '../ui/moment.js'
import { Table } from '../ui/table.js'
import { toast } from '../ui/toast.js'
import type { Hold } from './retention.js'

const HOLDS = '/v1/legal_holds'

/** Legal holds that were not lifted; made and lifted by those who may, with a reason that stands in the log. */
export function HoldsTable({
  holds,
  mayManage,
}: {
  readonly holds: readonly Hold[]
  readonly mayManage: boolean
}) {
  const change = useChange('/v1/retention', '/v1/retention/preview')
  const [dialog, setDialog] = useState<Hold | 'new'>()
  const make = async (fields: FormData) => {
    const members = ['name', 'reason', 'query'].map((name) => [name, textOf(fields, name)])
    await change('POST', HOLDS, Object.fromEntries(members))
    toast('The legal hold is made')
  }
  const lift = async ({ id }: Hold, fields: FormData) => {
    await change('POST', `${HOLDS}/${id}/lift`, { reason: textOf(fields, 'reason') })
    toast('The legal hold is lifted')
  }
  return (
    <>
      {holds.length === 0 ? (
        <p className="soft">There are none.</p>
      ) : (
        <Table
          caption="Legal holds"
          rows={holds}
          keyOf={({ id }) => id}
          columns={[
            { name: 'Name', cell: ({ name }) => <strong>{name}</strong> },
            { name: 'Over', cell: ({ query }) => (query === '' ? 'every entry' : <code>{query}</code>) },
            { name: 'Why', cell: ({ reason }) => reason },
            { name: 'Since', cell: ({ made_at }) => <Moment time={made_at} /> },
            {
              name: 'Actions',
              spoken: true,
              cell: (hold) =>
                mayManage && (
                  <div className="row-actions">
                    <Button aria-label={`Lift ${hold.name}`} onClick={() => setDialog(hold)}>
                      Lift
                    </Button>
                  </div>
                ),
            },
          ]}
        />
      )}
      {mayManage && (
        <div>
          <Button onClick={() => setDialog('new')}>Make a legal hold</Button>
        </div>
      )}
      {dialog === 'new' && (
        <FormDialog
          title="Make a legal hold"
          submit="Make"
          onClose={() => setDialog(undefined)}
          onSubmit={make}
        >
          <TextField label="Name" name="name" maxLength={100} required />
          <TextField label="Reason" name="reason" minLength={3} maxLength={1000} required />
          <TextField
            label="Entries"
            name="query"
            hint="A search, such as actor:ada since:2026-01-01; every entry when left empty."
            maxLength={4000}
          />
        </FormDialog>
      )}
      {dialog !== undefined && dialog !== 'new' && (
        <FormDialog
          title={`Lift ${dialog.name}?`}
          submit="Lift"
          onClose={() => setDialog(undefined)}
          onSubmit={(fields) => lift(dialog, fields)}
        >
          <p>What it keeps goes with the next look, if a policy says so.</p>
          <TextField label="Reason" name="reason" minLength={3} maxLength={1000} required />
        </FormDialog>
      )}
    </>
  )
}
