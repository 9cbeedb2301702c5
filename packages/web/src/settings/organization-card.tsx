import { useQueryClient } from '@tanstack/react-query'
import type { Organization } from '../api/administration.js'
import { useChange } from '../api/resource.js'
import { TextField } from '../ui/field.js'
import { Form, textOf } from '../ui/form.js'
import { Moment } from '../ui/moment.js'
import { Card } from '../ui/sheet.js'
import { toast } from '../ui/toast.js'

export function OrganizationCard({
  organization,
  mayChange,
}: {
  readonly organization: Organization
  readonly mayChange: boolean
}) {
  const change = useChange('/v1/organization')
  const queries = useQueryClient()
  const save = async (fields: FormData) => {
    await change('PATCH', '/v1/organization', { name: textOf(fields, 'name') })
    await queries.invalidateQueries({ queryKey: ['me'] })
    toast('The name is saved')
  }
  return (
    <Card title="Organization">
      <dl className="fact-grid">
        <div>
          <dt>Short name</dt>
          <dd className="mono">{organization.slug}</dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd className="mono">{organization.id}</dd>
        </div>
        <div>
          <dt>Made</dt>
          <dd>
            <Moment time={organization.created_at} />
          </dd>
        </div>
        {!mayChange && (
          <div>
            <dt>Name</dt>
            <dd>{organization.name}</dd>
          </div>
        )}
      </dl>
      {mayChange && (
        <Form submit="Save" onSubmit={save}>
          <TextField label="Name" name="name" defaultValue={organization.name} maxLength={200} required />
        </Form>
      )}
    </Card>
  )
}
