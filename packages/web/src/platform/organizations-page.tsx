import { useState } from 'react'
import type { Listed, Organization } from '../api/administration.js'
import { type Me, may, useMe } from '../api/me.js'
import { useChange, useResource } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { ConfirmButton } from '../ui/confirm.js'
import { SelectField, TextField } from '../ui/field.js'
import { FormDialog, optionalText, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Notice } from '../ui/notice.js'
import { Sheet } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'
import { OwnSupportCard, SUPPORT } from './own-support-card.js'

const PATH = '/v1/platform/organizations'

/** For operators of the platform: which organizations there are, never what is in them. */
export function OrganizationsPage() {
  const me = useMe().data
  const organizations = useResource<Listed<Organization>>(PATH)
  const [isMaking, setMaking] = useState(false)
  return (
    <Sheet
      title="Organizations"
      intro="The customers of this installation. You see which there are, and nothing that is in them."
      actions={
        may(me, 'platform.organizations.manage') && (
          <Button look="primary" icon="plus" onClick={() => setMaking(true)}>
            New organization
          </Button>
        )
      }
    >
      <Loaded from={organizations}>
        {({ data }) =>
          data.length === 0 ? (
            <Notice icon="people" title="There is no organization yet">
              Make one for each of your customers.
            </Notice>
          ) : (
            <Table
              caption="Organizations"
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: 'Organization',
                  cell: ({ name, slug, suspended_at }) => (
                    <span className="lines">
                      <strong>
                        {name} {suspended_at !== null && <Tag tone="danger">suspended</Tag>}
                      </strong>
                      <small className="mono">{slug}</small>
                    </span>
                  ),
                },
                { name: 'Made', cell: ({ created_at }) => <Moment time={created_at} /> },
                {
                  name: 'Actions',
                  spoken: true,
                  cell: (organization) => <OrganizationButtons organization={organization} me={me} />,
                },
              ]}
            />
          )
        }
      </Loaded>
      {may(me, 'platform.support') && <OwnSupportCard />}
      {isMaking && <NewOrganizationDialog onClose={() => setMaking(false)} />}
    </Sheet>
  )
}

function NewOrganizationDialog({ onClose }: { readonly onClose: () => void }) {
  const change = useChange(PATH)
  const make = async (fields: FormData) => {
    await change('POST', PATH, { slug: textOf(fields, 'slug'), name: optionalText(fields, 'name') })
    toast('The organization is made')
  }
  return (
    <FormDialog title="New organization" submit="Make it" onSubmit={make} onClose={onClose}>
      <TextField
        label="Short name"
        name="slug"
        pattern="[a-z0-9\-]+"
        maxLength={63}
        required
        hint="Lower-case letters, digits and hyphens. It cannot be changed."
      />
      <TextField label="Name" name="name" maxLength={200} />
    </FormDialog>
  )
}

function OrganizationButtons({
  organization: { id, slug, name, suspended_at },
  me,
}: {
  readonly organization: Organization
  readonly me: Me | undefined
}) {
  const change = useChange(PATH, SUPPORT)
  const [asked, setAsked] = useState<'support' | 'suspend'>()
  const startSupport = async (fields: FormData) => {
    await change('POST', `${PATH}/${id}/support_accesses`, {
      reason: textOf(fields, 'reason'),
      expires_in_seconds: Number(fields.get('seconds')),
    })
    toast(`You may read the entries of ${name}`)
  }
  const suspend = async (fields: FormData) => {
    await change('POST', `${PATH}/${id}/suspension`, { reason: textOf(fields, 'reason') })
    toast(`${name} is suspended`)
  }
  return (
    <div className="row-actions">
      {may(me, 'platform.support') && (
        <Button look="quiet" small aria-label={`Support ${slug}`} onClick={() => setAsked('support')}>
          Support
        </Button>
      )}
      {may(me, 'platform.organizations.manage') &&
        (suspended_at === null ? (
          <Button look="quiet" small aria-label={`Suspend ${slug}`} onClick={() => setAsked('suspend')}>
            Suspend
          </Button>
        ) : (
          <ConfirmButton
            label="Let in"
            about={slug}
            question={`Let ${name} in again?`}
            onConfirm={async () => {
              await change('DELETE', `${PATH}/${id}/suspension`)
              toast(`${name} is in again`)
            }}
          >
            Its people can sign in and its keys work again.
          </ConfirmButton>
        ))}
      {asked === 'support' && (
        <FormDialog
          title={`Support ${name}`}
          submit="Start"
          onSubmit={startSupport}
          onClose={() => setAsked(undefined)}
        >
          <p>
            You may read its entries for a while, with the header Counterfoil-Organization. It sees that, why,
            and until when, and can end it at any moment.
          </p>
          <TextField
            label="Why"
            name="reason"
            minLength={10}
            maxLength={1_000}
            required
            hint="It reads this."
          />
          <SelectField label="For" name="seconds" defaultValue="3600">
            <option value="3600">An hour</option>
            <option value="14400">4 hours</option>
            <option value="86400">A day</option>
            <option value="604800">7 days</option>
          </SelectField>
        </FormDialog>
      )}
      {asked === 'suspend' && (
        <FormDialog
          title={`Suspend ${name}?`}
          submit="Suspend"
          danger
          onSubmit={suspend}
          onClose={() => setAsked(undefined)}
        >
          <p>Nobody gets in and its keys do nothing, also those that record. Its entries stay.</p>
          <TextField label="Why" name="reason" maxLength={1_000} required hint="It reads this afterwards." />
        </FormDialog>
      )}
    </div>
  )
}
