import type { S3Credentials } from '../object-storage/s3-address.js'
import { archiveBucket } from './archive-bucket.js'
import { archiveDirectory } from './archive-directory.js'
import type { ArchivePlace } from './archive-place.js'

/** Where archives rest, in a form that threads can be given. */
export type ArchiveLocation =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 's3'; readonly url: string; readonly credentials: S3Credentials }

/** Opens the place. Throws `invalid_setting`. */
export function openArchive(location: ArchiveLocation): ArchivePlace {
  return location.kind === 's3'
    ? archiveBucket(location.url, location.credentials)
    : archiveDirectory(location.path)
}
