import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface SourceFile {
  /** Path from the root, with `/`. */
  readonly path: string
  readonly lines: readonly string[]
  /** What it imports: paths from the root for relative imports, specifiers for the rest. */
  readonly imports: readonly string[]
}

const WORKSPACES = [
  'packages/core',
  'packages/verify',
  'packages/server',
  'packages/viewer',
  'packages/web',
  'bench',
  'test',
]
const IMPORT = /\bfrom '([^'\n]+)'|\bimport\('([^'\n]+)'\)|^import '([^'\n]+)'/gm
/** Files that Node loads by path: threads, child processes. */
const LOADED = /new URL\('(\.[^']+)\.js', import\.meta\.url\)/g

/** Every TypeScript file of the repository. */
export function readSources(): SourceFile[] {
  return WORKSPACES.flatMap((workspace) => walk(join(ROOT, workspace, 'src'))).map((file) => {
    const text = readFileSync(file, 'utf8')
    const path = relative(ROOT, file).split(sep).join('/')
    return { path, lines: text.split('\n'), imports: importsOf(path, text) }
  })
}

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return walk(path)
    return /\.tsx?$/.test(name) ? [path] : []
  })
}

function importsOf(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(IMPORT)].map((match) => (match[1] ?? match[2] ?? match[3]) as string)
  const loaded = [...text.matchAll(LOADED)].map((match) => `${match[1]}.js`)
  return [...specifiers, ...loaded].map((specifier) =>
    specifier.startsWith('.')
      ? sourceOf(
          normalize(join(dirname(path), specifier))
            .split(sep)
            .join('/'),
        )
      : specifier,
  )
}

/** The file that a compiled one comes from. */
function sourceOf(path: string): string {
  const source = path.replace(/\.js$/, '.ts')
  return existsSync(join(ROOT, `${source}x`)) ? `${source}x` : source
}

export interface FunctionSize {
  readonly name: string
  readonly line: number
  readonly lines: number
}

const NAMED_FUNCTION = /^( *)(?:export )?(?:async )?function\*? (\w+)/
const ARROW = /^( *)(?:export )?const (\w+) = (?:async )?\(/
const METHOD = /^( *)(?:static |readonly |async |get |set |\*)*(#?[a-z]\w*)\((?:.*\{)?$/
const STATEMENT = /^ *(?:if|for|while|switch|return|catch|expect|describe|it|super|await|throw)\b/

/**
 * Length of each function that spans lines, by the formatter's indentation: from its head to the line that closes at
 * the head's own column. Good for bounding, not for parsing; Biome's format is a given.
 */
export function functionSizes(lines: readonly string[]): FunctionSize[] {
  const sizes: FunctionSize[] = []
  lines.forEach((line, i) => {
    const head = STATEMENT.test(line)
      ? null
      : (NAMED_FUNCTION.exec(line) ?? ARROW.exec(line) ?? METHOD.exec(line))
    const name = head?.[2]
    if (head === null || name === undefined) return
    const close = new RegExp(`^${head[1]}\\}`)
    const end = lines.findIndex((candidate, j) => j > i && close.test(candidate))
    // A call that spans lines ends with `)` at its own column, before any brace does.
    const call = lines.findIndex(
      (candidate, j) => j >= i && new RegExp(`^${head[1]}\\)[;,]?$`).test(candidate),
    )
    if (end > i && !(call >= i && call < end)) sizes.push({ name, line: i + 1, lines: end - i + 1 })
  })
  return sizes
}
