import type { Endpoint, OpenApi, Schema } from './openapi.js'
import { resolved } from './openapi.js'

const DEPTH_MAX = 4

/** The environment variable that a key of this name would be in: `Billing service` is `BILLING_SERVICE_KEY`. */
export function variableOf(keyName: string): string {
  const word = keyName
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  const name = /^[A-Z]/.test(word) ? word : `COUNTERFOIL_${word}`
  return name.endsWith('KEY') ? name : `${name.replace(/_$/, '')}_KEY`
}

/** A request for the command line, with the key in a variable: a secret does not belong into a shell's history. */
export function curlLine({ method, path, operation }: Endpoint, document: OpenApi, variable: string): string {
  const required = (operation.parameters ?? []).filter(
    (parameter) => parameter.in === 'query' && parameter.required,
  )
  const query = required.map(({ name }) => `${name}=…`).join('&')
  const address = `${location.origin}${path}${query === '' ? '' : `?${query}`}`
  const quoted = /[{}?&[\]]/.test(address) ? `'${address}'` : address
  const needsKey = operation.security?.length !== 0
  const schema = operation.requestBody?.content?.['application/json']?.schema
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoted}`,
    ...(needsKey ? [`-H "Authorization: Bearer $${variable}"`] : []),
    ...(schema === undefined
      ? []
      : [
          `-H 'Content-Type: application/json'`,
          `-d '${JSON.stringify(sample(schema, document, 0)).replaceAll("'", "'\\''")}'`,
        ]),
  ]
  return lines.join(' \\\n  ')
}

/** A value that shows a schema's shape: what is required, and nothing else. */
function sample(given: Schema, document: OpenApi, depth: number): unknown {
  const schema = resolved(given, document)
  const first = schema.oneOf?.[0] ?? schema.anyOf?.[0]
  if (first !== undefined) return sample(first, document, depth)
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  switch (type) {
    case 'object': {
      if (depth >= DEPTH_MAX) return {}
      const names = schema.required ?? []
      return Object.fromEntries(
        names.map((name) => [name, sample(schema.properties?.[name] ?? {}, document, depth + 1)]),
      )
    }
    case 'array':
      return schema.items === undefined || depth >= DEPTH_MAX
        ? []
        : [sample(schema.items, document, depth + 1)]
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    default:
      return schema.format === 'date-time' ? '2030-01-01T00:00:00Z' : '…'
  }
}
