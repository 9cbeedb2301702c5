import { useState } from 'react'
import { useChange, useResource } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { ConfirmButton } from '../ui/confirm.js'
import { SelectField, TextField } from '../ui/field.js'
import { FormDialog, optionalText, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Card } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { toast } from '../ui/toast.js'
import { HoldsTable } from './holds-table.js'
import { type Policy, previewSentences, type Retention, type RetentionPreview } from './retention.js'

const RETENTION = '/v1/retention'
const PREVIEW = '/v1/retention/preview'

/** How long entries are kept, what would go, and what must be kept all the same. */
export function RetentionCard({ mayManage }: { readonly mayManage: boolean }) {
  const retention = useResource<Retention>(RETENTION)
  const preview = useResource<RetentionPreview>(PREVIEW)
  const change = useChange(RETENTION, PREVIEW)
  const [isSetting, setSetting] = useState(false)
  const set = async (fields: FormData) => {
    const days = optionalText(fields, 'keep_days')
    await change('PUT', `${RETENTION}/policies`, {
      removes: textOf(fields, 'removes'),
      ...(days === undefined ? {} : { keep_days: Number(days) }),
      ...(optionalText(fields, 'category') === undefined ? {} : { category: textOf(fields, 'category') }),
    })
    toast('The retention policy is set')
  }
  return (
    <Card
      title="Retention"
      intro="Everything is kept for ever, unless a policy says otherwise. What goes is recorded first, and nothing under a legal hold goes."
    >
      <Loaded from={retention}>
        {({ policies, holds, min_index: minIndex }) => (
          <>
            {minIndex > 0 && <p>Entries before number {minIndex.toLocaleString()} were pruned.</p>}
            {policies.length === 0 ? (
              <p className="soft">Everything is kept.</p>
            ) : (
              <Table<Policy>
                caption="Retention policies"
                rows={policies}
                keyOf={({ category }) => category ?? ''}
                columns={[
                  { name: 'Entries', cell: ({ category }) => category ?? 'all' },
                  { name: 'Kept', cell: keptText },
                  {
                    name: 'Then goes',
                    cell: ({ removes }) => (removes === 'content' ? 'what they say' : 'the whole entry'),
                  },
                  {
                    name: 'Actions',
                    spoken: true,
                    cell: ({ category }) =>
                      mayManage && (
                        <div className="row-actions">
                          <ConfirmButton
                            label="Remove"
                            about={`the policy for ${category ?? 'all'}`}
                            question={`Remove the policy for ${category ?? 'all'}?`}
                            onConfirm={async () => {
                              await change(
                                'DELETE',
                                `${RETENTION}/policies/${encodeURIComponent(category ?? 'all')}`,
                              )
                            }}
                          >
                            What it let go is kept from now on. What has gone does not come back.
                          </ConfirmButton>
                        </div>
                      ),
                  },
                ]}
              />
            )}
            <Loaded from={preview}>
              {(plan) => previewSentences(plan).map((sentence) => <p key={sentence}>{sentence}</p>)}
            </Loaded>
            {mayManage && <Button onClick={() => setSetting(true)}>Set a policy</Button>}
            <h3>Legal holds</h3>
            <HoldsTable holds={holds} mayManage={mayManage} />
          </>
        )}
      </Loaded>
      {isSetting && (
        <FormDialog
          title="Set a retention policy"
          submit="Set"
          onClose={() => setSetting(false)}
          onSubmit={set}
        >
          <TextField
            label="Days to keep entries"
            name="keep_days"
            type="number"
            min={1}
            max={36500}
            required
          />
          <TextField label="Category" name="category" hint="All entries when left empty." maxLength={100} />
          <SelectField label="What goes then" name="removes" defaultValue="content">
            <option value="content">What entries say; that they were there stays proven</option>
            <option value="entries">Whole entries, from the beginning of the log</option>
          </SelectField>
          <p className="soft">It takes effect within an hour or so. Look at what would go afterwards.</p>
        </FormDialog>
      )}
    </Card>
  )
}

function keptText({ keep_days: days, keep_bytes: bytes }: Policy): string {
  const bounds = [
    days === null ? [] : [`${days.toLocaleString()} days`],
    bytes === null ? [] : [`at most ${bytes.toLocaleString()} bytes`],
  ]
  return bounds.flat().join(', ')
}
