import { afterAll, beforeAll, expect, it } from 'vitest'
import { TEST_CREDENTIALS, TestS3 } from '../object-storage/testing/s3-server.js'
import { archiveBucket } from './archive-bucket.js'

let s3: TestS3
beforeAll(async () => {
  s3 = await TestS3.open()
})
afterAll(() => s3.close())
const open = () => archiveBucket(s3.url('archives'), TEST_CREDENTIALS)
const bytes = (text: string) => new Uint8Array(Buffer.from(text))

it('keeps an archive whole or not at all, and gives the same of it afterwards', async () => {
  const cut = await open().draft('log-0-255')
  await cut.sink.write('left', bytes('by an attempt that was cut off'))
  const draft = await open().draft('log-0-255')
  expect(draft.isNew).toBe(true)
  await draft.sink.write('entries/0', bytes('first'))
  await draft.sink.write('README', bytes('what it is'))
  expect(await draft.source.read('left')).toBeUndefined()
  expect(await draft.source.read('entries/0')).toEqual(bytes('first'))
  const kept = await draft.keep()
  expect(kept).toMatchObject({ place: 's3://audit/archives/log-0-255', bytes: 15 })
  const again = await open().draft('log-0-255')
  expect(again.isNew).toBe(false)
  await again.abandon()
  expect(await again.keep()).toEqual(kept)
})

it('leaves nothing of one that was abandoned', async () => {
  const draft = await open().draft('log-256-511')
  await draft.sink.write('entries/0', bytes('first'))
  await draft.abandon()
  expect(await (await open().draft('log-256-511')).source.read('entries/0')).toBeUndefined()
})
