import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, call } from '../api/client.js'
import { useAudience } from '../api/me.js'
import { Button } from '../ui/button.js'
import { SelectField } from '../ui/field.js'
import { Loaded } from '../ui/loaded.js'
import { Banner } from '../ui/notice.js'
import { CodeArea } from './code-area.js'
import { EXAMPLES } from './examples.js'
import { type GraphQlSchema, INTROSPECTION } from './schema.js'
import { SchemaDocs } from './schema-docs.js'
import './graphql.css'

const KEPT = 'counterfoil.graphql'

interface Kept {
  readonly query: string
  readonly variables: string
}

interface Result {
  readonly text: string
  readonly status: number
  readonly ms: number
}

/** A console for `/graphql`: what one writes, what comes back, and what there is. */
export function GraphQlPage() {
  const [{ query, variables }, setDocument] = useState(readKept)
  const [result, setResult] = useState<Result>()
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const change = (next: Partial<Kept>) => {
    const document = { query, variables, ...next }
    setDocument(document)
    sessionStorage.setItem(KEPT, JSON.stringify(document))
  }
  const run = async () => {
    setProblem(undefined)
    const parsed = parseVariables(variables)
    if (typeof parsed === 'string') return setProblem(parsed)
    setBusy(true)
    setResult(await send(query, parsed))
    setBusy(false)
  }
  return (
    <div className="console">
      <header className="console-head">
        <h1>GraphQL</h1>
        <SelectField
          label="Begin with"
          value=""
          onChange={(event) => {
            const example = EXAMPLES.find(({ name }) => name === event.target.value)
            if (example !== undefined) change({ query: example.query, variables: example.variables })
          }}
        >
          <option value="">An example…</option>
          {EXAMPLES.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <Button look="primary" disabled={busy} onClick={() => void run()} title="Ctrl and Enter">
          {busy ? 'Running…' : 'Run'}
        </Button>
      </header>
      <div className="console-parts">
        <section className="console-write" aria-label="Request">
          <CodeArea
            label="Query"
            value={query}
            onChange={(text) => change({ query: text })}
            onRun={() => void run()}
          />
          <CodeArea
            label="Variables, as JSON"
            small
            value={variables}
            onChange={(text) => change({ variables: text })}
            onRun={() => void run()}
          />
          {problem !== undefined && (
            <div role="alert">
              <Banner tone="danger">{problem}</Banner>
            </div>
          )}
        </section>
        <ResultPart result={result} />
        <SchemaPart />
      </div>
    </div>
  )
}

function ResultPart({ result }: { readonly result: Result | undefined }) {
  return (
    <section className="console-result" aria-label="Result">
      <div className="console-label" role="status">
        Result{result !== undefined && ` · ${result.status} · ${result.ms} ms`}
      </div>
      <div className="console-text" tabIndex={0}>
        <pre>{result?.text ?? 'Run the query to see what comes back. Ctrl and Enter does, too.'}</pre>
      </div>
    </section>
  )
}

function SchemaPart() {
  const audience = useAudience()
  const schema = useQuery<GraphQlSchema, ApiError>({
    queryKey: ['graphql-schema', audience],
    queryFn: async ({ signal }) => {
      const body = { query: INTROSPECTION }
      const { data } = await call<{ readonly data: { readonly __schema: GraphQlSchema } }>(
        'POST',
        '/graphql',
        {
          body,
          signal,
        },
      )
      return data.__schema
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <section className="console-docs" aria-label="Schema">
      <div className="console-label">Schema</div>
      <Loaded from={schema}>{(answer) => <SchemaDocs schema={answer} />}</Loaded>
    </section>
  )
}

/** Sends a document; a refusal is a result, too. */
async function send(query: string, variables: object): Promise<Result> {
  const began = performance.now()
  const ended = (status: number, answer: unknown) => ({
    text: JSON.stringify(answer, undefined, 2),
    status,
    ms: Math.round(performance.now() - began),
  })
  try {
    return ended(200, await call('POST', '/graphql', { body: { query, variables } }))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return ended(error.status, error.status === 0 ? { errors: [{ message: error.message }] } : error.body)
  }
}

/** The variables; a sentence when they are none. */
function parseVariables(text: string): object | string {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    return 'Variables must be a JSON object, such as {"query": "since:7d"}.'
  } catch (error) {
    return `The variables are no JSON: ${error instanceof Error ? error.message : String(error)}.`
  }
}

function readKept(): Kept {
  const kept = sessionStorage.getItem(KEPT)
  return kept === null ? EXAMPLES[0] : (JSON.parse(kept) as Kept)
}
