import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseS3Url } from './s3-address.js'
import { parseOldVersions } from './s3-answers.js'
import { type S3Bounds, S3Client } from './s3-client.js'
import { TEST_CREDENTIALS, TestS3 } from './testing/s3-server.js'

let s3: TestS3
let plain: TestS3
beforeAll(async () => {
  s3 = await TestS3.open()
  plain = await TestS3.open({ isConditional: false })
})
afterAll(async () => {
  await s3.close()
  await plain.close()
})
afterEach(() => {
  s3.fault = { kind: 'none' }
})

function clientOf(url: string, credentials = TEST_CREDENTIALS, bounds: Partial<S3Bounds> = {}): S3Client {
  return new S3Client(parseS3Url(url, 'ledger_url'), credentials, 'ledger_url', {
    backoffMs: 5,
    attempts: 3,
    ...bounds,
  })
}

const text = async (client: S3Client, key: string) => {
  const stored = await client.get(key)
  return stored === undefined ? undefined : Buffer.from(stored.bytes).toString()
}

describe('objects', () => {
  it('are put, replaced, listed in pages, and deleted, whatever their keys', async () => {
    const client = clientOf(s3.url('a/b'))
    const keys = ['x', "it's (a) key!*", 'log%2Fwith%20escapes', 'é/ü+&=?', 'z/1', 'z/2', 'z/3']
    for (const key of keys) await client.put(key, Buffer.from(`first ${key}`))
    await client.put('x', Buffer.from('second'))
    expect(await text(client, 'x')).toBe('second')
    for (const key of keys.slice(1)) expect(await text(client, key)).toBe(`first ${key}`)
    expect((await client.list('')).map(({ key }) => key).sort()).toEqual([...keys].sort())
    expect((await client.list('z/', 2)).map(({ key }) => key)).toEqual(['z/1', 'z/2'])
    await client.delete('x')
    await client.delete('x')
    expect(await text(client, 'x')).toBeUndefined()
    // Another prefix sees nothing of it.
    expect(await clientOf(s3.url('other')).list('')).toEqual([])
  })

  it('are listed beyond the thousand that one answer holds', async () => {
    const client = clientOf(s3.url('many'))
    const keys = Array.from({ length: 1_003 }, (_, i) => `k/${String(i).padStart(5, '0')}`)
    for (let i = 0; i < keys.length; i += 50)
      await Promise.all(keys.slice(i, i + 50).map((key) => client.put(key, new Uint8Array(0))))
    expect((await client.list('k/')).map(({ key }) => key)).toEqual(keys)
  })

  it('are not replaced by whoever asks not to, where the store knows how', async () => {
    const client = clientOf(s3.url('c'))
    expect(await client.refusesToReplace()).toBe(true)
    expect(await client.putIfAbsent('k', Buffer.from('1'))).toBe('stored')
    expect(await client.putIfAbsent('k', Buffer.from('2'))).toBe('exists')
    expect(await text(client, 'k')).toBe('1')
    expect(await clientOf(plain.url('c')).refusesToReplace()).toBe(false)
  })

  it('may come in parts', async () => {
    const partBytes = 5 * 2 ** 20
    const client = clientOf(s3.url('m'), TEST_CREDENTIALS, { partBytes })
    const body = Buffer.concat([
      Buffer.alloc(partBytes, 1),
      Buffer.alloc(partBytes, 2),
      Buffer.from('the end'),
    ])
    s3.fault = { kind: 'lose_answer', method: 'PUT', text: 'partNumber=2', times: 1 }
    await client.putLarge('large', body)
    const stored = await client.get('large')
    expect(Buffer.from(stored?.bytes ?? []).equals(body)).toBe(true)
  })

  it('go with their SHA-256 and the encryption that was asked for', async () => {
    await clientOf(`${s3.url('e')}&sse=aws:kms&sse_kms_key_id=key-1`).put('k', Buffer.from('abc'))
    expect(s3.lastPut).toMatchObject({
      'x-amz-content-sha256': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
    })
    expect(Object.keys(s3.lastPut).filter((name) => /trailer|crc/.test(name))).toEqual([])
  })
})

describe('a store', () => {
  it('that refuses for a while is asked again, and then said to be away', async () => {
    const client = clientOf(s3.url('r'))
    s3.fault = { kind: 'lose_answer', method: 'PUT', text: '/r/', times: 2 }
    await client.put('k', Buffer.from('1'))
    s3.fault = { kind: 'refuse' }
    await expect(client.get('k')).rejects.toMatchObject({
      code: 'object_storage_unavailable',
      hint: expect.stringContaining('SlowDown'),
    })
  })

  it.each([
    ['no such bucket', () => s3.url('p').replace('//audit/', '//nobody/'), {}, 'has no bucket "nobody"'],
    ['a wrong secret', () => s3.url('p'), { secretAccessKey: 'guess' }, 's3_secret_access_key'],
    ['an unknown key', () => s3.url('p'), { accessKeyId: 'nobody' }, 's3_access_key_id'],
  ])('with %s is refused in a sentence that says what to set', async (_what, url, credentials, said) => {
    const client = clientOf(url(), { ...TEST_CREDENTIALS, ...credentials })
    await expect(client.list('')).rejects.toMatchObject({
      code: 'invalid_setting',
      param: 'ledger_url',
      hint: expect.stringContaining(said),
    })
  })

  it('that keeps versions names the old ones', () => {
    const version = (key: string, id: string, latest: boolean) =>
      `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${latest}</IsLatest></Version>`
    const xml = `<ListVersionsResult>${version('a', '3', true)}${version('a', '2', false)}${version('a/b', '1', false)}<DeleteMarker><Key>a</Key><VersionId>1</VersionId><IsLatest>false</IsLatest></DeleteMarker></ListVersionsResult>`
    expect(parseOldVersions(xml, 'a')).toEqual(['2', '1'])
  })
})

describe('the URL', () => {
  it('says where and how', () => {
    expect(parseS3Url('s3://audit/a/b?region=eu-central-1', 'ledger_url')).toMatchObject({
      bucket: 'audit',
      prefix: 'a/b/',
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      pathStyle: false,
    })
    expect(parseS3Url('s3://audit?endpoint=http://127.0.0.1:9000/&sse=AES256', 'x')).toMatchObject({
      prefix: '',
      endpoint: 'http://127.0.0.1:9000',
      pathStyle: true,
      encryption: { 'x-amz-server-side-encryption': 'AES256' },
    })
  })

  it.each([
    's3://',
    's3://A_B/x',
    's3://key:secret@audit/x',
    's3://audit/x?regoin=a',
    's3://audit/x?endpoint=ftp://h',
    's3://audit/x?path_style=yes',
    's3://audit/x?sse=rot13',
    's3://audit/x?sse_kms_key_id=k',
  ])('is refused as %s', (url) => {
    expect(() => parseS3Url(url, 'ledger_url')).toThrow(
      expect.objectContaining({ code: 'invalid_setting', param: 'ledger_url' }),
    )
  })
})
