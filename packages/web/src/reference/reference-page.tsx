import { useState } from 'react'
import type { ApiKey, Listed } from '../api/administration.js'
import { may, useMe } from '../api/me.js'
import { useResource } from '../api/resource.js'
import { SelectField, TextField } from '../ui/field.js'
import { Loaded } from '../ui/loaded.js'
import { Notice } from '../ui/notice.js'
import { CodeBlock } from '../ui/secret.js'
import { Sheet } from '../ui/sheet.js'
import { Tag } from '../ui/tag.js'
import { curlLine, variableOf } from './curl-line.js'
import { type Endpoint, endpointGroups, type OpenApi, typeText } from './openapi.js'
import { ObjectTable, SchemaTable } from './schema-table.js'
import './reference.css'

const NO_KEY = 'COUNTERFOIL_KEY'

/** `/openapi.json`, to be read. */
export function ReferencePage() {
  const document = useResource<OpenApi>('/openapi.json')
  return (
    <Sheet
      title="API"
      intro={
        <>
          Everything that this server answers, as it describes itself in{' '}
          <a href="/openapi.json" target="_blank" rel="noreferrer">
            /openapi.json
          </a>
          .
        </>
      }
    >
      <Loaded from={document}>{(answer) => <Reference document={answer} />}</Loaded>
    </Sheet>
  )
}

function Reference({ document }: { readonly document: OpenApi }) {
  const [text, setText] = useState('')
  const [variable, setVariable] = useState(NO_KEY)
  const groups = endpointGroups(document, text)
  return (
    <>
      <div className="form-row">
        <TextField
          label="Find"
          type="search"
          placeholder="verify, people, export…"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <KeyChoice chosen={variable} onChoose={setVariable} />
      </div>
      {groups.length === 0 && (
        <Notice icon="search" title="Nothing like that">
          Try a part of a path, such as <code>export</code>.
        </Notice>
      )}
      {groups.map(({ title, endpoints }) => (
        <section key={title} className="reference-group">
          <h2>{title}</h2>
          {endpoints.map((endpoint) => (
            <EndpointPart key={endpoint.id} endpoint={endpoint} document={document} variable={variable} />
          ))}
        </section>
      ))}
    </>
  )
}

/** Which of one's keys the commands name; nobody ever sees the key itself again. */
function KeyChoice({
  chosen,
  onChoose,
}: {
  readonly chosen: string
  readonly onChoose: (variable: string) => void
}) {
  const me = useMe().data
  const keys = useResource<Listed<ApiKey>>('/v1/api_keys', may(me, 'api_keys.read'))
  const tokens = useResource<Listed<ApiKey>>('/v1/me/personal_tokens', may(me, 'personal_tokens.manage'))
  const own = [...(keys.data?.data ?? []), ...(tokens.data?.data ?? [])]
  const names = [
    ...new Set(own.filter(({ status, name }) => status === 'active' && name !== '').map(({ name }) => name)),
  ]
  return (
    <SelectField
      label="Key in the commands"
      value={chosen}
      onChange={(event) => onChoose(event.target.value)}
      hint={
        <>
          Put the key itself into <code>${chosen}</code>.
        </>
      }
    >
      <option value={NO_KEY}>Any key</option>
      {names.map((name) => (
        <option key={name} value={variableOf(name)}>
          {name}
        </option>
      ))}
    </SelectField>
  )
}

function EndpointPart({
  endpoint,
  document,
  variable,
}: {
  readonly endpoint: Endpoint
  readonly document: OpenApi
  readonly variable: string
}) {
  const [open, setOpen] = useState(false)
  const { method, path, operation } = endpoint
  return (
    <details className="endpoint" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={`endpoint-method endpoint-${method.toLowerCase()}`}>{method}</span>
        <code>{path}</code>
        <span className="endpoint-summary">{operation.summary}</span>
      </summary>
      {open && <EndpointDetails endpoint={endpoint} document={document} variable={variable} />}
    </details>
  )
}

function EndpointDetails({
  endpoint,
  document,
  variable,
}: {
  readonly endpoint: Endpoint
  readonly document: OpenApi
  readonly variable: string
}) {
  const { operation } = endpoint
  const parameters = operation.parameters ?? []
  const body = Object.entries(operation.requestBody?.content ?? {})
  return (
    <div className="endpoint-details">
      {operation.description !== undefined && <p>{operation.description.replaceAll('`', '')}</p>}
      <CodeBlock label="Command" code={curlLine(endpoint, document, variable)} />
      {parameters.length > 0 && (
        <section>
          <h3>Parameters</h3>
          <SchemaTable
            caption="Parameters"
            rows={parameters.map(({ name, schema = {}, required = false, description, in: place }) => ({
              name,
              type: typeText(schema),
              required,
              description: [place === 'query' ? '' : `In the ${place}.`, description ?? ''].join(' ').trim(),
            }))}
          />
        </section>
      )}
      {body.map(([type, { schema = {} }]) => (
        <section key={type}>
          <h3>
            Body <Tag>{type}</Tag>
          </h3>
          <ObjectTable caption="Body" schema={schema} document={document} />
        </section>
      ))}
      {Object.entries(operation.responses ?? {}).map(([status, answer]) => {
        const [type, content] = Object.entries(answer.content ?? {})[0] ?? []
        return (
          <section key={status}>
            <h3>
              <Tag tone={status.startsWith('2') ? 'good' : 'plain'}>{status}</Tag> {answer.description}
            </h3>
            {status.startsWith('2') && content?.schema !== undefined && (
              <ObjectTable
                caption={`Answer ${status}, ${type}`}
                schema={content.schema}
                document={document}
              />
            )}
          </section>
        )
      })}
    </div>
  )
}
