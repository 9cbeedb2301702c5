import { useQueryClient } from '@tanstack/react-query'
import { call } from '../api/client.js'
import { TextField } from '../ui/field.js'
import { Form, textOf } from '../ui/form.js'
import { Card } from '../ui/sheet.js'
import { toast } from '../ui/toast.js'

export function NameCard({ name }: { readonly name: string }) {
  const queries = useQueryClient()
  const save = async (fields: FormData) => {
    await call('PATCH', '/v1/me', { body: { name: textOf(fields, 'name') } })
    await queries.invalidateQueries({ queryKey: ['me'] })
    toast('Your name is saved')
  }
  return (
    <Card title="Name">
      <Form submit="Save" onSubmit={save}>
        <TextField
          label="How this organization calls you"
          name="name"
          autoComplete="name"
          defaultValue={name}
          maxLength={200}
          hint="Your colleagues see it under People and roles."
        />
      </Form>
    </Card>
  )
}
