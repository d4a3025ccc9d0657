// A bucket keeps the promises of blobs, and a store that is away or refuses says so.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { type Cleanup, eventually, realS3, startS3, tcpProxy, within } from '@goftegu/testkit'
import { createBlobKey, createS3Blobs, parseS3Place, type S3Credentials } from '../src/index.ts'
import { blobsContract } from './blobs-contract.ts'

const away = { code: 'unavailable' }

blobsContract('S3', async t => open(t, await startS3(t)))

if (realS3) {
  const store = realS3
  blobsContract('a real S3', async t => {
    const blobs = open(t, store, { pageSize: 2 })
    for await (const { key } of blobs.list()) await blobs.remove(key)
    return blobs
  })

  test('a real S3 refuses a wrong secret and has no other bucket', async t => {
    const { credentials } = store
    const stranger = open(t, { ...store, credentials: { ...credentials, secretAccessKey: 'wrong' } })
    await assert.rejects(stranger.check(), { name: 'S3Refusal', status: 403, code: 'SignatureDoesNotMatch' })
    const lost = open(t, { ...store, blobs: store.blobs.replace(/\/\/[^/?]+/, '//goftegu-no-such-bucket') })
    await assert.rejects(lost.get(createBlobKey()), { name: 'S3Refusal', status: 404, code: 'NoSuchBucket' })
  })
}

test('more objects than one page are listed, each once', async t => {
  const blobs = open(t, await startS3(t), { pageSize: 10 })
  const keys = Array.from({ length: 25 }, createBlobKey)
  await Promise.all(keys.map(key => blobs.put(key, pieces(Buffer.from('x')))))
  const listed: string[] = []
  for await (const { key } of blobs.list()) listed.push(key)
  assert.deepEqual(listed.sort(), keys.sort())
})

test('an upload leaves no file in the temporary folder, while it goes on and after it was cut', async t => {
  const blobs = open(t, await startS3(t))
  const spools = async () => (await readdir(tmpdir())).filter(name => name.startsWith('goftegu-upload-'))
  let during: string[] | undefined
  const cut = new Error('the socket was cut')
  const upload = blobs.put(
    createBlobKey(),
    (async function* () {
      yield randomBytes(500_000)
      during = await spools()
      throw cut
    })(),
  )
  await assert.rejects(upload, cut)
  assert.deepEqual([during, await spools()], [[], []])
})

test('wrong keys and a bucket that is not there are refused in the store’s words', async t => {
  const s3 = await startS3(t)
  const stranger = open(t, { ...s3, credentials: { ...s3.credentials, secretAccessKey: 'wrong' } })
  await assert.rejects(stranger.check(), { name: 'S3Refusal', status: 403, code: 'SignatureDoesNotMatch' })
  const lost = open(t, { ...s3, blobs: s3.blobs.replace('attachments', 'another-bucket') })
  const refused = { name: 'S3Refusal', status: 404, code: 'NoSuchBucket' }
  await assert.rejects(lost.check(), refused)
  await assert.rejects(lost.get(createBlobKey()), refused)
  await assert.rejects(lost.put(createBlobKey(), pieces(randomBytes(10))), refused)
  await open(t, s3).check()
})

test('a store that is away is unavailable, and is used again when it is back', async t => {
  const { proxy, s3 } = await behindProxy(t)
  const blobs = open(t, s3)
  const key = createBlobKey()
  proxy.refuse()
  await assert.rejects(blobs.put(key, pieces(randomBytes(100_000))), away)
  await assert.rejects(blobs.get(key), away)
  await assert.rejects(blobs.remove(key), away)
  await assert.rejects(firstOf(blobs.list()), away)
  proxy.heal()
  await blobs.put(key, pieces(randomBytes(10)))
  assert.equal((await buffer((await blobs.get(key))!)).length, 10)
})

test('a connection that was cut while nobody used it is not the caller’s fault', async t => {
  const { proxy, s3 } = await behindProxy(t)
  const blobs = open(t, s3)
  const key = createBlobKey()
  await blobs.put(key, pieces(randomBytes(10)))
  proxy.reset()
  assert.equal((await buffer((await blobs.get(key))!)).length, 10)
})

test('a store that is frozen is given up on, before an answer and within one', async t => {
  const { proxy, s3 } = await behindProxy(t)
  const blobs = open(t, s3, { silenceMs: 200 })
  const key = createBlobKey()
  await blobs.put(key, pieces(randomBytes(5_000_000)))
  proxy.slice(100_000, 'down')
  const body = (await blobs.get(key))!
  proxy.stall()
  await assert.rejects(within(buffer(body), 5_000, 'the body to break'))
  await assert.rejects(within(blobs.get(key), 5_000, 'the request to be given up'), away)
  await assert.rejects(within(blobs.put(key, pieces(randomBytes(10))), 5_000, 'the upload to be given up'), away)
})

test('a reader who pauses for longer than the store may is waited for', async t => {
  const s3 = await startS3(t)
  const silenceMs = 500
  const key = createBlobKey()
  const bytes = randomBytes(8_000_000)
  await open(t, s3).put(key, pieces(bytes))
  const body = (await open(t, s3, { silenceMs }).get(key))!
  body.read(0)
  await eventually(() => body.readableLength > 0)
  const paused = Promise.withResolvers<void>()
  setTimeout(paused.resolve, 2 * silenceMs)
  await paused.promise
  assert.ok((await buffer(body)).equals(bytes))
})

test('a store that falls silent while its reader pauses is given up on when the reader goes on', async t => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '5000000' })
    response.write(Buffer.alloc(600_000))
  })
  const silenceMs = 200
  const blobs = open(t, await listening(t, server), { silenceMs })
  const body = (await blobs.get(createBlobKey()))!
  body.read(0)
  await eventually(() => body.readableLength > 0)
  const paused = Promise.withResolvers<void>()
  setTimeout(paused.resolve, 4 * silenceMs)
  await paused.promise
  assert.equal(body.destroyed, false)
  await assert.rejects(within(buffer(body), 5_000, 'the body to break'), { name: 'S3Silence' })
})

test('a busy store is asked three times, each time with the whole body', async t => {
  const bodies: number[] = []
  const server = createServer(async (request, response) => {
    bodies.push((await buffer(request)).length)
    response.statusCode = bodies.length < 3 ? 503 : 200
    response.end('<Error><Code>SlowDown</Code></Error>')
  })
  const blobs = open(t, await listening(t, server))
  await blobs.put(createBlobKey(), pieces(randomBytes(70_000)))
  assert.deepEqual(bodies, [70_000, 70_000, 70_000])
})

test('where a bucket is', () => {
  const places = {
    's3://files?region=eu-central-1': 'https://files.s3.eu-central-1.amazonaws.com/',
    's3://files': 'https://files.s3.us-east-1.amazonaws.com/',
    's3://files?endpoint=https://minio.example.org:9000': 'https://minio.example.org:9000/files/',
    's3://files?endpoint=http://gateway/s3/': 'http://gateway/s3/files/',
    's3://files?endpoint=https://r2.example.org&path_style=false': 'https://files.r2.example.org/',
  }
  for (const [text, url] of Object.entries(places)) assert.equal(parseS3Place(text).url.href, url)
  assert.equal(parseS3Place('s3://files', 'eu-west-1').region, 'eu-west-1')
  const wrong = ['s3://', 's3://F', 's3://files/folder', 's3://files?endpoint=minio:9000', 's3://files?bucket=x']
  for (const text of [...wrong, 's3://files?path_style=1', 's3://files?region=a/b', 'https://files']) {
    assert.throws(() => parseS3Place(text), RangeError, text)
  }
})

type Store = { blobs: string; credentials: S3Credentials }

function open(t: Cleanup, { blobs: url, credentials }: Store, options: { silenceMs?: number; pageSize?: number } = {}) {
  const blobs = createS3Blobs({ place: parseS3Place(url), credentials, ...options })
  t.after(() => blobs.close())
  return blobs
}

async function behindProxy(t: Cleanup) {
  const s3 = await startS3(t)
  const proxy = await tcpProxy(t, s3.endpoint)
  return { proxy, s3: { ...s3, blobs: `s3://attachments?endpoint=${proxy.urlFor(s3.endpoint)}` } }
}

/** A store that answers as `server` does, to anybody. */
async function listening(t: Cleanup, server: Server): Promise<Store> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' }
  return { blobs: `s3://attachments?endpoint=http://127.0.0.1:${port}`, credentials }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

async function firstOf<T>(list: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of list) return item
  return undefined
}
