import { type Actor, type JsonObject, parseRfc3339, type Resource } from '@counterfoil/core'
import type { Commit, GitPerson } from './git-log.js'
import type { GitRepository } from './git-source.js'

/** An entry as it is sent. */
export interface GitEntry {
  readonly id: string
  readonly action: 'git.commit' | 'git.merge'
  readonly actor: Actor
  readonly resource: Resource
  readonly targets: readonly Resource[]
  readonly description?: string
  readonly source: { readonly name: string }
  readonly occurred_at?: string
  readonly metadata: JsonObject
}

const LABEL_LENGTH_MAX = 1_024
const IDENTIFIER_LENGTH_MAX = 512

/** The entry of a commit. Same commit, same entry, in whichever clone: importing twice records once. */
export function toGitEntry(commit: Commit, repository: GitRepository, id: string): GitEntry {
  const subject = commit.message.split('\n', 1)[0] ?? ''
  const occurredAt = parseRfc3339(commit.author.date) === undefined ? undefined : commit.author.date
  return {
    id,
    action: commit.parents.length > 1 ? 'git.merge' : 'git.commit',
    actor: toActor(commit.author),
    resource: { type: 'commit', id: commit.sha, label: clipped(subject, LABEL_LENGTH_MAX) },
    targets: [{ type: 'repository', id: repository.root, label: clipped(repository.name, LABEL_LENGTH_MAX) }],
    ...(subject === '' ? {} : { description: clipped(subject, LABEL_LENGTH_MAX) }),
    source: { name: 'git' },
    ...(occurredAt === undefined ? {} : { occurred_at: occurredAt }),
    metadata: toMetadata(commit),
  }
}

function toActor({ name, email }: GitPerson): Actor {
  const id = clipped(email, IDENTIFIER_LENGTH_MAX)
  return {
    type: 'user',
    ...(id === '' ? {} : { id }),
    label: clipped(name, LABEL_LENGTH_MAX),
    name: clipped(name, LABEL_LENGTH_MAX),
    email: clipped(email, LABEL_LENGTH_MAX),
  }
}

/** The beginning of a text, without half a character at its end, which no entry may hold. */
function clipped(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '')
}

function toMetadata(commit: Commit): JsonObject {
  const { sha, tree, parents, author, committer, message, files, fileCount, notUtf8 } = commit
  return {
    commit: sha,
    tree,
    parents,
    author: { name: author.name, email: author.email, date: author.date },
    committer: { name: committer.name, email: committer.email, date: committer.date },
    message,
    ...(commit.messageTruncated ? { message_truncated: true } : {}),
    files_changed: fileCount,
    insertions: commit.insertions,
    deletions: commit.deletions,
    files: files.map((file) => ({ ...file })),
    ...(files.length < fileCount ? { files_truncated: true } : {}),
    ...(Object.keys(notUtf8).length > 0 ? { not_utf8: notUtf8 } : {}),
  }
}
