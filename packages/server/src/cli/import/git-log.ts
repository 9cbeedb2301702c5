/** A commit as git tells it. Texts that are no UTF-8 are read as Latin-1, and their bytes kept beside them. */
export interface Commit {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: GitPerson
  readonly committer: GitPerson
  readonly message: string
  readonly messageTruncated: boolean
  readonly files: readonly ChangedFile[]
  /** Files that changed, those left out of `files` too. */
  readonly fileCount: number
  readonly insertions: number
  readonly deletions: number
  /** Base64 of every text that is no UTF-8, by its name. */
  readonly notUtf8: Readonly<Record<string, string>>
}

export interface GitPerson {
  readonly name: string
  readonly email: string
  /** ISO 8601 with the zone where it was written. */
  readonly date: string
}

export interface ChangedFile {
  readonly path: string
  /** The path before, when the file was renamed. */
  readonly from?: string
  /** Undefined for binary files, whose lines nobody counts. */
  readonly insertions?: number
  readonly deletions?: number
}

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'] as const
/** With `-z`, NUL ends every field, path and commit; neither a message nor a path can hold one. */
export const GIT_FORMAT = FIELDS.join('%x00')

/** Names of many files would not fit into an entry. */
export const FILES_MAX = 200
const FILE_BYTES_MAX = 64 * 1024
/** Bytes of one field, such as a message, that are kept: the rest of an entry needs room as well. */
const FIELD_BYTES_MAX = 96 * 1024

/** Reads `git log -z --numstat` with `GIT_FORMAT`. Each token's meaning follows from its place alone. */
export async function* commitsOf(chunks: AsyncIterable<Buffer>): AsyncIterable<Commit> {
  let builder: CommitBuilder | undefined
  for await (const token of tokensOf(chunks)) {
    if (builder === undefined || (builder.isComplete && !isFileToken(token))) {
      if (builder !== undefined) yield builder.finish()
      builder = new CommitBuilder()
    }
    builder.add(token)
  }
  if (builder !== undefined) yield builder.finish()
}

/** `12<tab>3<tab>path`; a path left empty says that the old and the new one follow. */
const FILE_TOKEN = /^\n?(\d+|-)\t(\d+|-)\t/

function isFileToken(token: Buffer): boolean {
  return FILE_TOKEN.test(token.subarray(0, 64).toString('latin1'))
}

class CommitBuilder {
  readonly #fields: Buffer[] = []
  readonly #files: ChangedFile[] = []
  readonly #notUtf8: Record<string, string> = {}
  #fileBytes = 0
  #fileCount = 0
  #insertions = 0
  #deletions = 0
  /** A rename whose paths are still to come. */
  #renaming: { readonly counts: RegExpExecArray; from?: Buffer } | undefined

  /** Whether the next token belongs to another commit, unless it is a file's. */
  get isComplete(): boolean {
    return this.#fields.length === FIELDS.length && this.#renaming === undefined
  }

  add(token: Buffer): void {
    if (this.#fields.length < FIELDS.length) this.#fields.push(token.subarray(0, FIELD_BYTES_MAX))
    else if (this.#renaming !== undefined) this.#addRenamePath(this.#renaming, token)
    else {
      const counts = FILE_TOKEN.exec(token.toString('latin1')) as RegExpExecArray
      const path = token.subarray(counts[0].length)
      if (path.length === 0) this.#renaming = { counts }
      else this.#addFile(counts, path, undefined)
    }
  }

  #addRenamePath(renaming: { readonly counts: RegExpExecArray; from?: Buffer }, path: Buffer): void {
    if (renaming.from === undefined) {
      renaming.from = path
      return
    }
    this.#addFile(renaming.counts, path, renaming.from)
    this.#renaming = undefined
  }

  #addFile([, added, removed]: RegExpExecArray, path: Buffer, from: Buffer | undefined): void {
    const index = this.#fileCount++
    const isBinary = added === '-'
    if (!isBinary) {
      this.#insertions += Number(added)
      this.#deletions += Number(removed)
    }
    this.#fileBytes += path.length + (from?.length ?? 0)
    if (this.#files.length >= FILES_MAX || this.#fileBytes > FILE_BYTES_MAX) return
    this.#files.push({
      path: this.#text(`files/${index}/path`, path),
      ...(from === undefined ? {} : { from: this.#text(`files/${index}/from`, from) }),
      ...(isBinary ? {} : { insertions: Number(added), deletions: Number(removed) }),
    })
  }

  finish(): Commit {
    const [sha, tree, parents] = this.#fields.slice(0, 3).map((field) => field.toString('latin1'))
    const [authorName, authorEmail, authorDate, committerName, committerEmail, committerDate, message] = [
      'author/name',
      'author/email',
      'author/date',
      'committer/name',
      'committer/email',
      'committer/date',
      'message',
    ].map((name, i) => this.#text(name, this.#fields[i + 3] ?? Buffer.alloc(0))) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    return {
      sha: sha ?? '',
      tree: tree ?? '',
      parents: (parents ?? '').split(' ').filter((parent) => parent !== ''),
      author: { name: authorName, email: authorEmail, date: authorDate },
      committer: { name: committerName, email: committerEmail, date: committerDate },
      message: message.replace(/\n$/, ''),
      messageTruncated: this.#fields.at(-1)?.length === FIELD_BYTES_MAX,
      files: this.#files,
      fileCount: this.#fileCount,
      insertions: this.#insertions,
      deletions: this.#deletions,
      notUtf8: this.#notUtf8,
    }
  }

  #text(name: string, bytes: Buffer): string {
    // Where a long message was cut, half a character may be left.
    const whole = bytes.length < FIELD_BYTES_MAX ? bytes : withoutHalfCharacter(bytes)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(whole)
    } catch {
      this.#notUtf8[name] = whole.subarray(0, 4_096).toString('base64')
      return whole.toString('latin1')
    }
  }
}

function withoutHalfCharacter(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > bytes.length - 4 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end--
  return ((bytes[end - 1] as number) & 0xc0) === 0xc0 ? bytes.subarray(0, end - 1) : bytes
}

/** Texts between NULs. */
async function* tokensOf(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let rest: Buffer[] = []
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, end)])
      rest = []
      start = end + 1
    }
    rest.push(chunk.subarray(start))
  }
  const last = Buffer.concat(rest)
  if (last.length > 0) yield last
}
