import { useState } from 'react'
import { useChange, useResource } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { CheckField } from '../ui/check.js'
import { ConfirmButton } from '../ui/confirm.js'
import { SelectField, TextField } from '../ui/field.js'
import { FormDialog, optionalText, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Card } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { toast } from '../ui/toast.js'
import { ArchivesTable } from './archives-table.js'
import { HoldsTable } from './holds-table.js'
import {
  bytesText,
  MEGABYTE,
  type Policy,
  previewSentences,
  type Retention,
  type RetentionPreview,
} from './retention.js'

const RETENTION = '/v1/retention'
const PREVIEW = '/v1/retention/preview'

/** How long entries are kept, what would go, and what must be kept all the same. */
export function RetentionCard({ mayManage }: { readonly mayManage: boolean }) {
  const retention = useResource<Retention>(RETENTION)
  const preview = useResource<RetentionPreview>(PREVIEW)
  const [isSetting, setSetting] = useState(false)
  return (
    <Card
      title="Retention"
      intro="Everything is kept for ever, unless a policy says otherwise. What goes is recorded first, and nothing under a legal hold goes."
    >
      <Loaded from={retention}>
        {({ policies, holds, min_index: minIndex }) => (
          <>
            {minIndex > 0 && <p>Entries before number {minIndex.toLocaleString()} were pruned.</p>}
            <RetentionPolicies policies={policies} mayManage={mayManage} />
            <Loaded from={preview}>
              {(plan) => previewSentences(plan).map((sentence) => <p key={sentence}>{sentence}</p>)}
            </Loaded>
            {mayManage && (
              <div>
                <Button onClick={() => setSetting(true)}>Set a policy</Button>
              </div>
            )}
            <h3>Legal holds</h3>
            <HoldsTable holds={holds} mayManage={mayManage} />
            <h3>Archives</h3>
            <ArchivesTable mayManage={mayManage} />
          </>
        )}
      </Loaded>
      {isSetting && <PolicyDialog onClose={() => setSetting(false)} />}
    </Card>
  )
}

function RetentionPolicies({
  policies,
  mayManage,
}: {
  readonly policies: readonly Policy[]
  readonly mayManage: boolean
}) {
  const change = useChange(RETENTION, PREVIEW)
  if (policies.length === 0) return <p className="soft">Everything is kept.</p>
  const remove = ({ category }: Policy) =>
    change<void>('DELETE', `${RETENTION}/policies/${encodeURIComponent(category ?? 'all')}`)
  return (
    <Table<Policy>
      caption="Retention policies"
      rows={policies}
      keyOf={({ category }) => category ?? ''}
      columns={[
        { name: 'Entries', cell: ({ category }) => category ?? 'all' },
        { name: 'Kept', cell: keptText },
        {
          name: 'Then goes',
          cell: ({ removes, archive }) =>
            `${removes === 'content' ? 'what they say' : 'the whole entry'}${archive ? ', archived' : ''}`,
        },
        {
          name: 'Actions',
          spoken: true,
          cell: (policy) =>
            mayManage && (
              <div className="row-actions">
                <ConfirmButton
                  label="Remove"
                  about={`the policy for ${policy.category ?? 'all'}`}
                  question={`Remove the policy for ${policy.category ?? 'all'}?`}
                  onConfirm={() => remove(policy)}
                >
                  What it let go is kept from now on. What has gone does not come back.
                </ConfirmButton>
              </div>
            ),
        },
      ]}
    />
  )
}

function PolicyDialog({ onClose }: { readonly onClose: () => void }) {
  const change = useChange(RETENTION, PREVIEW)
  const set = async (fields: FormData) => {
    const category = optionalText(fields, 'category')
    const days = optionalText(fields, 'keep_days')
    const megabytes = optionalText(fields, 'keep_megabytes')
    await change('PUT', `${RETENTION}/policies`, {
      removes: textOf(fields, 'removes'),
      archive: fields.get('archive') !== null,
      ...(days === undefined ? {} : { keep_days: Number(days) }),
      ...(megabytes === undefined ? {} : { keep_bytes: Math.round(Number(megabytes) * MEGABYTE) }),
      ...(category === undefined ? {} : { category }),
    })
    toast('The retention policy is set')
  }
  return (
    <FormDialog title="Set a retention policy" submit="Set" onClose={onClose} onSubmit={set}>
      <TextField label="Days to keep entries" name="keep_days" type="number" min={1} max={36500} />
      <TextField
        label="Megabytes to keep"
        name="keep_megabytes"
        type="number"
        min={0.001}
        step="any"
        hint="The oldest go while there is more. Days, megabytes or both; nothing younger than 8 days goes by megabytes."
      />
      <TextField label="Category" name="category" hint="All entries when left empty." maxLength={100} />
      <SelectField label="What goes then" name="removes" defaultValue="content">
        <option value="content">What entries say; that they were there stays proven</option>
        <option value="entries">Whole entries, from the beginning of the log</option>
      </SelectField>
      <CheckField
        label="Archive what goes first"
        name="archive"
        hint="Where the server keeps archives; each is verified before anything goes."
      />
      <p className="soft">It takes effect within an hour or so. Look at what would go afterwards.</p>
    </FormDialog>
  )
}

function keptText({ keep_days: days, keep_bytes: bytes }: Policy): string {
  const bounds = [
    days === null ? [] : [`${days.toLocaleString()} days`],
    bytes === null ? [] : [`at most ${bytesText(bytes)}`],
  ]
  return bounds.flat().join(', ')
}
