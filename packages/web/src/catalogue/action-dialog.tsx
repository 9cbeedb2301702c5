import { useId } from 'react'
import { type ActionDetails, actionPath, CATALOGUE, UNKNOWN } from '../api/catalogue.js'
import { useChange, useResource } from '../api/resource.js'
import { TextField } from '../ui/field.js'
import { FormDialog, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { toast } from '../ui/toast.js'

interface ActionDialogProps {
  /** Of one that is there; undefined for a new one. */
  readonly action: string | undefined
  /** Of a new one, where it is known already. */
  readonly name?: string
  /** Groups to choose from. */
  readonly groups: readonly string[]
  readonly onClose: () => void
}

/** Adds an action, or changes what is said of one. */
export function ActionDialog({ action, name, groups, onClose }: ActionDialogProps) {
  const change = useChange(CATALOGUE, UNKNOWN, ...(action === undefined ? [] : [actionPath(action)]))
  const details = useResource<ActionDetails>(actionPath(action ?? ''), action !== undefined)
  const save = async (fields: FormData) => {
    const schema = textOf(fields, 'schema')
    await change('PUT', actionPath(action ?? textOf(fields, 'action')), {
      ...(textOf(fields, 'group') === '' ? {} : { group: textOf(fields, 'group') }),
      description: textOf(fields, 'description'),
      metadata_schema: schema === '' ? null : readSchema(schema),
    })
    toast('The catalogue is changed')
  }
  return (
    <FormDialog
      title={action === undefined ? 'New action' : action}
      submit="Save"
      wide
      onSubmit={save}
      onClose={onClose}
    >
      {action === undefined ? (
        <>
          <TextField
            label="Action"
            name="action"
            defaultValue={name}
            spellCheck={false}
            maxLength={256}
            required
            placeholder="order.created"
            hint="As entries carry it."
          />
          <ActionFields details={undefined} groups={groups} />
        </>
      ) : (
        <Loaded from={details}>{(answer) => <ActionFields details={answer} groups={groups} />}</Loaded>
      )}
    </FormDialog>
  )
}

function ActionFields({
  details,
  groups,
}: {
  readonly details: ActionDetails | undefined
  readonly groups: readonly string[]
}) {
  const id = useId()
  const schema = details?.metadata_schema ?? null
  return (
    <>
      <div className="form-row">
        <TextField
          label="Group"
          name="group"
          list={`${id}-groups`}
          defaultValue={details?.group ?? ''}
          maxLength={100}
          hint="Made where there is none of that name."
        />
        <TextField
          label="What it means"
          name="description"
          defaultValue={details?.description}
          maxLength={1_000}
        />
      </div>
      <datalist id={`${id}-groups`}>
        {groups.map((group) => (
          <option key={group} value={group} />
        ))}
      </datalist>
      <div className="field">
        <label htmlFor={`${id}-schema`}>What metadata must hold, as JSON Schema</label>
        <textarea
          id={`${id}-schema`}
          name="schema"
          className="input mono"
          rows={9}
          spellCheck={false}
          defaultValue={schema === null ? '' : JSON.stringify(schema, undefined, 2)}
          placeholder='{"type": "object", "required": ["order_id"]}'
          aria-describedby={`${id}-hint`}
        />
        <p id={`${id}-hint`} className="field-hint">
          Another schema is another version, for what is recorded from then on. Empty for no check.
        </p>
      </div>
      {details !== undefined && details.versions.length > 0 && (
        <p className="soft">
          Version {details.versions[0]?.version}, <Moment time={details.versions[0]?.created_at ?? null} />.
        </p>
      )}
    </>
  )
}

/** Throws a sentence for people when the text is no JSON. */
function readSchema(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SyntaxError(`The schema is no JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}
