import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  Source,
  specifiedRules,
  validate,
} from 'graphql'
import { requireBoundedShape } from './document-shape.js'
import { ERRORS_MAX, TOKENS_MAX } from './limits.js'
import { refusal, refusals } from './refusal.js'

const CACHED_CHARS_MAX = 4_000_000

/** Documents that were parsed and found valid against one schema, by their text: clients send a few, again and again. */
export class Documents {
  readonly #schema: GraphQLSchema
  readonly #known = new Map<string, DocumentNode>()
  #chars = 0

  constructor(schema: GraphQLSchema) {
    this.#schema = schema
  }

  /** The document of this text. Throws `invalid_document`. */
  read(text: string): DocumentNode {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const document = parseBounded(text)
    requireBoundedShape(document)
    const errors = validate(this.#schema, document, specifiedRules, { maxErrors: ERRORS_MAX })
    if (errors.some(({ message }) => message === 'Validation aborted.')) {
      throw refusal('too_costly', 'The document repeats more fields than can be checked.')
    }
    if (errors.length > 0) throw refusals('validation_failed', errors)
    if (this.#chars + text.length > CACHED_CHARS_MAX) {
      this.#known.clear()
      this.#chars = 0
    }
    this.#known.set(text, document)
    this.#chars += text.length
    return document
  }
}

function parseBounded(text: string): DocumentNode {
  try {
    return parse(new Source(text), { maxLexicalTokens: TOKENS_MAX })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    if (error.message.includes(`more that ${TOKENS_MAX} tokens`)) {
      throw refusal('too_many_tokens', `The document has more than ${TOKENS_MAX} tokens.`)
    }
    throw refusals('syntax_error', [error])
  }
}
