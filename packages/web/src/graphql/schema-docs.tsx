import { useState } from 'react'
import { Button } from '../ui/button.js'
import { type GraphQlField, type GraphQlInput, type GraphQlSchema, namedType, typeName } from './schema.js'

/** The schema, a type at a time, from the query's root. */
export function SchemaDocs({ schema }: { readonly schema: GraphQlSchema }) {
  const [trail, setTrail] = useState<readonly string[]>([schema.queryType.name])
  const type = schema.types.find(({ name }) => name === trail.at(-1))
  if (type === undefined) return null
  const open = (name: string) => setTrail([...trail, name])
  return (
    <div className="docs">
      <div className="docs-head">
        {trail.length > 1 && (
          <Button small icon="left" onClick={() => setTrail(trail.slice(0, -1))}>
            {trail.at(-2)}
          </Button>
        )}
        <h2>{type.name}</h2>
      </div>
      {type.description !== null && <p className="soft">{type.description}</p>}
      <ul>
        {type.fields?.map((field) => (
          <li key={field.name}>
            <FieldLine field={field} onOpen={open} />
          </li>
        ))}
        {type.inputFields?.map((input) => (
          <li key={input.name}>
            <InputLine input={input} onOpen={open} />
          </li>
        ))}
        {type.enumValues?.map(({ name, description }) => (
          <li key={name}>
            <code>{name}</code>
            {description !== null && <p className="soft">{description}</p>}
          </li>
        ))}
      </ul>
    </div>
  )
}

function FieldLine({
  field,
  onOpen,
}: {
  readonly field: GraphQlField
  readonly onOpen: (name: string) => void
}) {
  return (
    <>
      <code>{field.name}</code>: <TypeLink type={field.type} onOpen={onOpen} />
      {field.description !== null && <p className="soft">{field.description}</p>}
      {field.args.length > 0 && (
        <ul className="docs-args">
          {field.args.map((input) => (
            <li key={input.name}>
              <InputLine input={input} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function InputLine({
  input,
  onOpen,
}: {
  readonly input: GraphQlInput
  readonly onOpen: (name: string) => void
}) {
  return (
    <>
      <code>{input.name}</code>: <TypeLink type={input.type} onOpen={onOpen} />
      {input.defaultValue !== null && <code> = {input.defaultValue}</code>}
      {input.description !== null && <p className="soft">{input.description}</p>}
    </>
  )
}

function TypeLink({
  type,
  onOpen,
}: {
  readonly type: GraphQlField['type']
  readonly onOpen: (name: string) => void
}) {
  return (
    <button type="button" className="docs-type mono" onClick={() => onOpen(namedType(type))}>
      {typeName(type)}
    </button>
  )
}
