/**
 * Puts `param_*` values into SQL as literals, which is what a ClickHouse server does with them. chDB could bind
 * them itself, but its binding runs one query at a time in the whole process, so that a slow search would
 * hold up every quick one. This is the only place where a value becomes SQL text.
 */

/** A value that does not fit its declared type, or a placeholder without a value. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
}

/** Quoted text and comments are passed over, so that a brace in them stays a brace. */
const PLACEHOLDER_OR_SKIPPED =
  /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|--[^\n]*|\/\*[\s\S]*?\*\/|\{([A-Za-z_]\w*):([^{}]+)\}/g

/**
 * Replaces each `{name:Type}` by a literal. `values` are as HTTP carries them: tab-separated text with
 * backslash escapes. Throws `ParameterError`.
 */
export function substituteParameters(sql: string, values: ReadonlyMap<string, string>): string {
  return sql.replace(PLACEHOLDER_OR_SKIPPED, (found: string, name?: string, type?: string) => {
    if (name === undefined || type === undefined) return found
    const value = values.get(name)
    if (value === undefined) throw new ParameterError(`Parameter ${name} has no value`)
    return renderLiteral(type.trim(), value)
  })
}

const INTEGER_TYPE = /^U?Int(?:8|16|32|64)$/
const INTEGER = /^-?\d{1,20}$/

function renderLiteral(type: string, value: string): string {
  if (type === 'String') return quoteLiteral(unescapeText(value))
  if (INTEGER_TYPE.test(type)) {
    if (!INTEGER.test(value)) throw new ParameterError(`A value of type ${type} is not an integer`)
    return value
  }
  throw new ParameterError(`Parameters of type ${type} are not supported`)
}

const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  t: '\t',
  n: '\n',
  r: '\r',
  b: '\b',
  f: '\f',
  '0': '\u0000',
}

/** Undoes the escapes that @clickhouse/client writes; one it does not write is refused, not guessed at. */
function unescapeText(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([\s\S]?)/g, (_found, letter: string) => {
    const character = ESCAPED[letter]
    if (character === undefined) throw new ParameterError('A value holds an unknown escape')
    return character
  })
}

// Only quote and backslash can end a literal early; NUL would end the whole statement on its way into chDB.
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is meant.
const UNSAFE_IN_LITERAL = /['\\\u0000]/g

/** A string as a ClickHouse literal. */
export function quoteLiteral(text: string): string {
  return `'${text.replace(UNSAFE_IN_LITERAL, (character) => (character === '\u0000' ? '\\0' : `\\${character}`))}'`
}
