// Downloads: headers, ranges, and to whom; and what removes the bytes.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { createBlobKey } from '@goftegu/blobs'
import { Attachment, attachmentExtensions, Message } from '@goftegu/protocol'
import { type Cleanup, eventually } from '@goftegu/testkit'
import { startBlobSweep } from '../src/index.ts'
import { assertSameBytes } from './client.ts'
import { fileForm, mediaTypes, sampleFiles } from './sample-files.ts'
import { publicUrl, startApi } from './start-api.ts'

const api = await startApi({ after })
const body = Buffer.concat([sampleFiles.jpg, randomBytes(200_000)])

test('a file comes with headers that keep a browser from running it', async () => {
  const { bob, path } = await attached('سلام دنیا; (۱)%20.jpg')
  const { status, headers, bytes } = await bob.call('GET', path)
  assert.equal(status, 200)
  assertSameBytes(bytes, body)
  assert.equal(headers.get('content-type'), 'image/jpeg')
  assert.equal(headers.get('content-length'), String(body.length))
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.equal(headers.get('content-security-policy'), "sandbox; default-src 'none'")
  assert.equal(headers.get('cache-control'), 'private, no-cache')
  assert.equal(headers.get('accept-ranges'), 'bytes')
  const [disposition, encoded] = (headers.get('content-disposition') ?? '').split("filename*=UTF-8''")
  assert.match(disposition ?? '', /^inline; /)
  assert.equal(decodeURIComponent(encoded ?? ''), 'سلام دنیا; (۱)%20.jpg')
})

test('each kind is served as what it is', async () => {
  for (const ending of attachmentExtensions) {
    const { bob, path } = await attached(`a.${ending}`, sampleFiles[ending])
    assert.equal((await bob.call('HEAD', path)).headers.get('content-type'), mediaTypes[ending])
  }
})

test('a name of 200 Persian letters is served under its URL', async () => {
  const { bob, path } = await attached(`${'گ'.repeat(196)}.jpg`)
  assertSameBytes((await bob.call('GET', path)).bytes, body)
})

test('ranges are served, and those outside refused', async () => {
  const { bob, path } = await attached()
  const size = body.length
  const served: [range: string, start: number, end: number][] = [
    ['bytes=0-0', 0, 0],
    ['bytes=0-', 0, size - 1],
    ['bytes=100-199', 100, 199],
    [`bytes=${size - 1}-`, size - 1, size - 1],
    ['bytes=-500', size - 500, size - 1],
    [`bytes=10-${size * 2}`, 10, size - 1],
  ]
  for (const [range, start, end] of served) {
    const { status, headers, bytes } = await bob.call('GET', path, undefined, { headers: { range } })
    assert.deepEqual([status, headers.get('content-range')], [206, `bytes ${start}-${end}/${size}`], range)
    assert.equal(headers.get('content-length'), String(end - start + 1))
    assertSameBytes(bytes, body.subarray(start, end + 1))
  }
  for (const range of [`bytes=${size}-`, 'bytes=-0', `bytes=${size * 2}-${size * 3}`]) {
    const { headers } = await bob.refuse('range_not_satisfiable', 'GET', path, undefined, { headers: { range } })
    assert.equal(headers.get('content-range'), `bytes */${size}`)
  }
  for (const range of ['bytes=0-1,5-6', 'lines=0-1', 'bytes=a-b', 'bytes', 'bytes=', `bytes=${'9'.repeat(400)}-`]) {
    const { status } = await bob.call('GET', path, undefined, { headers: { range } })
    assert.ok(status === 200 || status === 416, `${range}: ${status}`)
  }
})

test('HEAD and conditions spare the bytes', async () => {
  const { bob, path } = await attached()
  const head = await bob.call('HEAD', path)
  assert.deepEqual([head.status, head.bytes.length, head.headers.get('content-length')], [200, 0, String(body.length)])
  const etag = head.headers.get('etag') ?? ''
  assert.match(etag, /^"[^"]+"$/)
  for (const value of [etag, `"x", ${etag}`, `W/${etag}`, '*']) {
    const { status, bytes } = await bob.call('GET', path, undefined, { headers: { 'if-none-match': value } })
    assert.deepEqual([status, bytes.length], [304, 0], value)
  }
  const ask = (headers: Record<string, string>) => bob.call('GET', path, undefined, { headers })
  assert.equal((await ask({ 'if-none-match': '"x"' })).status, 200)
  assert.equal((await ask({ range: 'bytes=0-9', 'if-range': etag })).status, 206)
  assert.equal((await ask({ range: 'bytes=0-9', 'if-range': '"x"' })).status, 200)
  assert.equal(
    (await bob.call('HEAD', path, undefined, { headers: { range: 'bytes=0-9' } })).headers.get('content-length'),
    '10',
  )
})

test('to anyone else the file does not exist, whatever name is asked for', async () => {
  const { ann, bob, path } = await attached()
  const staff = await api.person('staff', { is_staff: true })
  for (const reader of [ann, bob, staff]) assert.equal((await reader.call('GET', path)).status, 200)
  const stranger = await api.person('stranger')
  await stranger.refuse('attachment_not_found', 'GET', path)
  assert.equal((await stranger.call('HEAD', path)).status, 404)
  await api.anybody.refuse('not_authenticated', 'GET', path)
  const id = path.split('/')[3]
  for (const odd of [
    `/api/attachments/${id}0/a.jpg`,
    '/api/attachments/x/a.jpg',
    '/api/attachments/0/a',
    '/api/attachments/-1/a',
  ]) {
    await bob.refuse('attachment_not_found', 'GET', odd)
  }
  assertSameBytes((await bob.call('GET', `/api/attachments/${id}/..%2f..%2fetc%2fpasswd`)).bytes, body)
})

test('deleting the message takes the file away at once, and its bytes soon', async t => {
  const { ann, bob, message, path } = await attached()
  const { file } = (await ann.expect(200, Message, 'GET', `/api/messages/${message.id}/`)).attachments[0]!
  assert.ok(file.endsWith(path))
  const before = await api.storedFiles()
  const sweep = startSweep(t)
  await ann.call('DELETE', `/api/messages/${message.id}/`)
  await bob.refuse('attachment_not_found', 'GET', path)
  await eventually(async () => (await api.storedFiles()).length === before.length - 1, { what: 'the bytes to go' })
  await sweep.stop()
  const queue = await api.database.db.selectFrom('blob_removals').selectAll().execute()
  assert.deepEqual(queue, [])
})

test('the sweep removes old blobs without a row, and no others', async t => {
  const { bob, path } = await attached()
  const orphan = createBlobKey()
  await api.blobs.put(orphan, Readable.from([Buffer.from('left by a crash')]))
  const young = startSweep(t)
  await young.runNow()
  assert.ok((await api.storedFiles()).includes(orphan), 'it may be an upload whose row is not stored yet')
  const old = startSweep(t, -60_000)
  await old.runNow()
  assert.ok(!(await api.storedFiles()).includes(orphan))
  assertSameBytes((await bob.call('GET', path)).bytes, body)
})

function startSweep(t: Cleanup, leftoverAgeMs?: number) {
  const sweep = startBlobSweep({
    chat: api.chat,
    blobs: api.blobs,
    onError: error => assert.fail(`the sweep failed: ${error}`),
    removalIntervalMs: 20,
    ...(leftoverAgeMs !== undefined && { leftoverAgeMs }),
  })
  t.after(() => sweep.stop())
  return sweep
}

async function attached(name = 'a.jpg', bytes: Uint8Array = body) {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const message = await ann.expect(201, Message, 'POST', '/api/messages/', { content: 'x', recipient_id: bob.user.id })
  const upload = `/api/conversations/${message.conversation}/messages/${message.id}/attachments/`
  const { file } = await ann.expect(201, Attachment, 'POST', upload, undefined, { raw: fileForm(bytes, name) })
  return { ann, bob, message, path: file.slice(publicUrl.length) }
}
