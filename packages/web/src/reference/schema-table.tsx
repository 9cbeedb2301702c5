import { Table } from '../ui/table.js'
import { type OpenApi, resolved, type Schema, typeText } from './openapi.js'

interface Row {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly description: string
}

const DEPTH_MAX = 3

/** Parameters or members: name, type, what for. */
export function SchemaTable({ caption, rows }: { readonly caption: string; readonly rows: readonly Row[] }) {
  return (
    <Table
      caption={caption}
      rows={rows}
      keyOf={({ name }) => name}
      columns={[
        {
          name: 'Name',
          cell: ({ name, required }) => (
            <>
              <code>{name}</code>
              {required && <span className="schema-required"> required</span>}
            </>
          ),
        },
        { name: 'Type', cell: ({ type }) => <span className="schema-type">{type}</span> },
        { name: 'Meaning', cell: ({ description }) => description.replaceAll('`', '') },
      ]}
    />
  )
}

/** The members of an object; those of objects in it after it. */
export function ObjectTable({
  caption,
  schema,
  document,
}: {
  readonly caption: string
  readonly schema: Schema
  readonly document: OpenApi
}) {
  const rows = rowsOf(schema, document, '', 0)
  if (rows.length === 0) return <p className="schema-type">{typeText(schema)}</p>
  return <SchemaTable caption={caption} rows={rows} />
}

function rowsOf(given: Schema, document: OpenApi, prefix: string, depth: number): readonly Row[] {
  const schema = resolved(given, document)
  const one = schema.oneOf?.[0] ?? schema.anyOf?.[0]
  if (one !== undefined && schema.properties === undefined) return rowsOf(one, document, prefix, depth)
  if (schema.items !== undefined) return rowsOf(schema.items, document, `${prefix}[].`, depth)
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const row = {
      name: prefix + name,
      type: typeText(member),
      required: schema.required?.includes(name) === true,
      description: resolved(member, document).description ?? member.description ?? '',
    }
    const isList = member.items !== undefined
    const inner = resolved(member.items ?? member, document)
    const goesDeeper = depth < DEPTH_MAX && inner.properties !== undefined
    return goesDeeper
      ? [row, ...rowsOf(inner, document, `${prefix}${name}${isList ? '[]' : ''}.`, depth + 1)]
      : [row]
  })
}
