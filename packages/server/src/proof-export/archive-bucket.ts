import { createHash } from 'node:crypto'
import { concurrently } from '../object-storage/concurrently.js'
import { parseS3Url, type S3Credentials } from '../object-storage/s3-address.js'
import { S3Client } from '../object-storage/s3-client.js'
import type { ArchivedPart } from './archive-part.js'
import type { ArchiveDraft, ArchivePlace } from './archive-place.js'

const SETTING = 'archive_url'
/** Says that everything before it was put; the last that an archive is given. */
const COMPLETE = '.complete'
const REQUESTS_MAX = 16

/** Archives below a prefix of an object store. Throws `invalid_setting`. */
export function archiveBucket(url: string, credentials: S3Credentials): ArchivePlace {
  const address = parseS3Url(url, SETTING)
  const client = new S3Client(address, credentials, SETTING)
  const place = (name: string) => `s3://${address.bucket}/${address.prefix}${name}`
  return {
    draft: async (name): Promise<ArchiveDraft> => {
      const keyOf = (path: string) => `${name}/${path}`
      const isNew = (await client.get(name + COMPLETE)) === undefined
      // What an attempt that was cut off has left does not belong to this one.
      if (isNew) await removeAll(client, keyOf(''))
      return {
        isNew,
        sink: { write: (path, bytes) => client.putLarge(keyOf(path), bytes) },
        source: { read: async (path) => (await client.get(keyOf(path)))?.bytes },
        keep: async () => {
          const kept = await describe(client, keyOf(''), place(name))
          if (isNew) await client.put(name + COMPLETE, Buffer.from(`${kept.digest}\n`))
          return kept
        },
        abandon: async () => {
          if (isNew) await removeAll(client, keyOf(''))
        },
      }
    },
  }
}

/** What rests below a prefix, as it is read back. */
async function describe(client: S3Client, prefix: string, place: string): Promise<ArchivedPart> {
  const paths = (await client.list(prefix)).map(({ key }) => key.slice(prefix.length)).sort()
  const lines = new Map<string, string>()
  let bytes = 0
  await concurrently(REQUESTS_MAX, paths, async (path) => {
    const content = (await client.get(prefix + path))?.bytes ?? new Uint8Array(0)
    lines.set(path, `${createHash('sha256').update(content).digest('hex')}  ${path}\n`)
    bytes += content.length
  })
  const digest = createHash('sha256').update(paths.map((path) => lines.get(path)).join(''))
  return { place, digest: digest.digest('hex'), bytes }
}

async function removeAll(client: S3Client, prefix: string): Promise<void> {
  const objects = await client.list(prefix)
  await concurrently(REQUESTS_MAX, objects, ({ key }) => client.delete(key))
}
