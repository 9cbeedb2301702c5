import { quoted } from './report.js'

/** Fields that the server sets; a client that sends one likely copied a recorded entry. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'organization_id',
  'mode',
  'seq',
  'recorded_at',
  'entry_hash',
  'prev_hash',
  'object',
  'entity_id',
  'created_at',
  '_chain',
  'leaf',
  'salts',
  'sections',
])

/** Every field a client may send, by its dotted path. */
const FIELD_PATHS: readonly string[] = [
  ...['id', 'action', 'category', 'severity', 'outcome', 'description', 'error_code', 'targets', 'metadata'],
  ...[
    'before',
    'after',
    'diff',
    'occurred_at',
    'actor',
    'resource',
    'context',
    'source',
    'workspace',
    'operation',
  ],
  ...['actor.type', 'actor.id', 'actor.label', 'actor.name', 'actor.email', 'actor.on_behalf_of'],
  ...['resource.type', 'resource.id', 'resource.label'],
  ...['context.ip_address', 'context.user_agent', 'context.session_id', 'context.request_id'],
  ...['context.region', 'context.location', 'context.correlation_id'],
  ...['source.name', 'source.seq', 'workspace.id', 'workspace.name'],
  ...['operation.type', 'operation.name', 'operation.text', 'operation.variables'],
]

/** What other audit APIs call our fields, where spelling alone would not lead there. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['changes', 'diff'],
  ['data', 'metadata'],
  ['date', 'occurred_at'],
  ['details', 'metadata'],
  ['event', 'action'],
  ['ip', 'context.ip_address'],
  ['level', 'severity'],
  ['message', 'description'],
  ['remoteip', 'context.ip_address'],
  ['result', 'outcome'],
  ['status', 'outcome'],
  ['time', 'occurred_at'],
  ['timestamp', 'occurred_at'],
  ['ts', 'occurred_at'],
  ['user', 'actor'],
  ['userid', 'actor.id'],
])

/** Longer names are no slip of the pen, and the distance takes time in the square of the length. */
const COMPARED_LENGTH_MAX = 40

/**
 * One sentence for a field that no entry has: who sets it, or which field may be meant. `shape` is what the
 * object is called, such as `actor`; `siblings` are the fields it may have.
 */
export function unknownFieldMessage(name: string, shape: string, siblings: Iterable<string>): string {
  if (shape === 'an entry' && SERVER_FIELDS.has(name)) {
    return `${quoted(name)} is set by the server; leave it out.`
  }
  const meant = nearestField(name, siblings)
  const question = meant === undefined ? '' : `; did you mean ${meant}?`
  const end = question === '' ? '. Put your own fields under metadata.' : question
  return `${quoted(name)} is not a field of ${shape}${end}`
}

function nearestField(name: string, siblings: Iterable<string>): string | undefined {
  const letters = lettersOf(name)
  if (letters === '' || name.length > COMPARED_LENGTH_MAX) return undefined
  const synonym = SYNONYMS.get(letters)
  if (synonym !== undefined) return synonym
  // One slip in names of three letters, two from six on; fewer letters are near to everything.
  let nearest: string | undefined
  let distance = Math.min(2, Math.floor(letters.length / 3)) + 1
  const consider = (field: string, spelling: string) => {
    const next = editDistance(letters, lettersOf(spelling))
    if (next < distance) [nearest, distance] = [field, next]
  }
  for (const sibling of siblings) consider(sibling, sibling)
  for (const path of FIELD_PATHS) consider(path, path)
  for (const path of FIELD_PATHS) consider(path, path.slice(path.indexOf('.') + 1))
  return nearest
}

/** Case and separators do not tell names apart: `actorId`, `actor_id` and `actor.id` are one. */
function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Levenshtein distance: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1))
    }
    previous = row
  }
  return previous[b.length]!
}
