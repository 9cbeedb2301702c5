import type { Listed } from '../api/administration.js'
import { CATALOGUE, type ReadyCatalogue, UNKNOWN } from '../api/catalogue.js'
import { useChange, useResource } from '../api/resource.js'
import { SelectField } from '../ui/field.js'
import { FormDialog, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { toast } from '../ui/toast.js'

/** Takes over the actions that a vendor has published. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const ready = useResource<Listed<ReadyCatalogue>>(`${CATALOGUE}/ready`)
  const change = useChange(CATALOGUE, UNKNOWN)
  const take = async (fields: FormData) => {
    await change('POST', `${CATALOGUE}/imports`, { vendor: textOf(fields, 'vendor') })
    toast('The catalogue is taken over')
  }
  return (
    <FormDialog title="Take over a ready catalogue" submit="Take over" onSubmit={take} onClose={onClose}>
      <p>
        Adds what is missing, and sets groups and descriptions. Schemas and other actions stay as they are.
      </p>
      <Loaded from={ready}>
        {({ data }) => (
          <SelectField label="Whose" name="vendor">
            {data.map(({ vendor, actions }) => (
              <option key={vendor} value={vendor}>
                {vendor} ({actions.length} {actions.length === 1 ? 'action' : 'actions'})
              </option>
            ))}
          </SelectField>
        )}
      </Loaded>
    </FormDialog>
  )
}
