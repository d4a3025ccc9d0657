// Every store behind the routes: what is attached is served and swept, and a store that is away attaches nothing.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Blobs, createBlobKey, createPostgresBlobs, createS3Blobs, parseS3Place } from '@goftegu/blobs'
import type { Database } from '@goftegu/database'
import { Attachment, Message } from '@goftegu/protocol'
import { type Cleanup, startS3, tcpProxy } from '@goftegu/testkit'
import { startBlobSweep } from '../src/index.ts'
import { assertSameBytes } from './client.ts'
import { fileForm, sampleFiles } from './sample-files.ts'
import { type Api, publicUrl, startApi } from './start-api.ts'

const body = Buffer.concat([sampleFiles.jpg, randomBytes(700_000)])

type Open = (database: Database) => Promise<Blobs>

const stores: Record<string, (t: Cleanup) => { openBlobs?: Open }> = {
  folder: () => ({}), // the usual one
  PostgreSQL: t => ({
    openBlobs: async database => {
      const blobs = createPostgresBlobs(database)
      t.after(() => blobs.close())
      return blobs
    },
  }),
  S3: t => ({
    openBlobs: async () => {
      const { blobs, credentials } = await startS3(t)
      return createS3Blobs({ place: parseS3Place(blobs), credentials })
    },
  }),
}

for (const [name, openOn] of Object.entries(stores)) {
  test(`${name}: a file is served in parts, and swept when nothing names it`, async t => {
    const api = await startApi(t, openOn(t))
    const { ann, message, upload } = await messageOf(api)
    const raw = fileForm(body, 'a.jpg')
    const { file } = await ann.expect(201, Attachment, 'POST', upload, undefined, { raw })
    const headers = { range: 'bytes=300000-600000' }
    const { status, bytes } = await ann.call('GET', file.slice(publicUrl.length), undefined, { headers })
    assert.equal(status, 206)
    assertSameBytes(bytes, body.subarray(300_000, 600_001))

    const orphan = createBlobKey()
    await api.blobs.put(orphan, pieces(body))
    const before = await keysOf(api.blobs)
    await sweep(t, api, 3_600_000)
    assert.deepEqual(await keysOf(api.blobs), before, 'it may be an upload whose row is not stored yet')
    await sweep(t, api, -60_000)
    assert.deepEqual(
      await keysOf(api.blobs),
      before.filter(key => key !== orphan),
    )
    await ann.call('DELETE', `/api/messages/${message.id}/`)
    await sweep(t, api, 3_600_000)
    assert.deepEqual(await keysOf(api.blobs), [])
  })
}

test('S3 away: 503 that says when to come back, nothing half-attached, and chat goes on', async t => {
  const s3 = await startS3(t)
  const proxy = await tcpProxy(t, s3.endpoint)
  const place = parseS3Place(`s3://attachments?endpoint=${proxy.urlFor(s3.endpoint)}`)
  const api = await startApi(t, { openBlobs: async () => createS3Blobs({ place, credentials: s3.credentials }) })
  const { ann, message, upload } = await messageOf(api)
  const attach = { raw: fileForm(body, 'a.jpg') }
  const { file } = await ann.expect(201, Attachment, 'POST', upload, undefined, attach)
  const withOne = await ann.expect(200, Message, 'GET', `/api/messages/${message.id}/`)
  proxy.refuse()
  const refusals = [
    await ann.refuse('unavailable', 'POST', upload, undefined, { raw: fileForm(body, 'b.jpg') }),
    await ann.refuse('unavailable', 'GET', file.slice(publicUrl.length)),
  ]
  for (const { headers } of refusals) assert.equal(headers.get('retry-after'), '1')
  assert.deepEqual(await ann.expect(200, Message, 'GET', `/api/messages/${message.id}/`), withOne)
  proxy.heal()
  assert.equal((await keysOf(api.blobs)).length, 1)
  assertSameBytes((await ann.call('GET', file.slice(publicUrl.length))).bytes, body)
})

async function messageOf(api: Api) {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const message = await ann.expect(201, Message, 'POST', '/api/messages/', { content: 'x', recipient_id: bob.user.id })
  return { ann, message, upload: `/api/conversations/${message.conversation}/messages/${message.id}/attachments/` }
}

async function sweep(t: Cleanup, { chat, blobs }: Api, leftoverAgeMs: number): Promise<void> {
  const onError = (error: unknown) => assert.fail(`the sweep failed: ${error}`)
  const running = startBlobSweep({ chat, blobs, onError, leftoverAgeMs })
  t.after(() => running.stop())
  await running.runNow()
  await running.stop()
}

async function keysOf(blobs: Blobs): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list()) keys.push(key)
  return keys.sort()
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
