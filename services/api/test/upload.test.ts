// Uploads: what is taken, what is refused, and that a refusal leaves nothing.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { after, test } from 'node:test'
import { Attachment, attachmentExtensions, Message, maxAttachmentBytes } from '@goftegu/protocol'
import { eventually, openSocket, rawRequest, within } from '@goftegu/testkit'
import { type Client, codeOf } from './client.ts'
import { fileForm, rawForm, sampleFiles } from './sample-files.ts'
import { publicUrl, startApi } from './start-api.ts'

const api = await startApi({ after })
const { jpg, png } = sampleFiles

test('each allowed ending is taken with its content, and heard', async () => {
  const { ann, message, path } = await message1()
  const attachments: Attachment[] = []
  for (const ending of attachmentExtensions) {
    const raw = fileForm(sampleFiles[ending], `عکس ${ending}.${ending.toUpperCase()}`)
    const attachment = await ann.expect(201, Attachment, 'POST', path, undefined, { raw })
    const { id, uploaded_at } = attachment
    const file = `${publicUrl}/api/attachments/${id}/${encodeURIComponent(`عکس ${ending}.${ending.toUpperCase()}`)}`
    assert.deepEqual(attachment, { id, message: message.id, file, uploaded_at })
    const { bytes } = await ann.call('GET', file.slice(publicUrl.length))
    assert.deepEqual(bytes, sampleFiles[ending])
    attachments.push(attachment)
  }
  const now = await ann.expect(200, Message, 'GET', `/api/messages/${message.id}/`)
  assert.deepEqual(now, { ...message, attachments, changed_seq: 1 + attachments.length })
  const heard = api.committed.flatMap(({ event }) =>
    event.type === 'attachment_added' && event.message_id === message.id ? [event.attachment] : [],
  )
  assert.deepEqual(heard, attachments)
})

const html = Buffer.from('<!doctype html><script>alert(1)</script>')
const svg = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
const refusedFiles: [why: string, name: string, bytes: Buffer][] = [
  ['HTML that says so', 'a.html', html],
  ['HTML as a picture', 'a.jpg', html],
  ['SVG that says so', 'a.svg', svg],
  ['SVG as a picture', 'a.png', svg],
  ['a picture of another type', 'a.jpg', png],
  ['a film as a picture', 'a.heic', sampleFiles.mp4],
  ['a picture as a film', 'a.mp4', jpg],
  ['a good ending before a bad one', 'a.jpg.php', jpg],
  ['no ending', 'jpg', jpg],
  ['an ending alone with a dot behind', 'a.jpg.', jpg],
  ['nothing', 'a.jpg', Buffer.alloc(0)],
  ['noise', 'a.jpg', randomBytes(2_000)],
  ['a program', 'a.png', Buffer.from('MZ\x90\0', 'latin1')],
]
for (const [why, name, bytes] of refusedFiles) {
  test(`refused, with nothing left: ${why}`, () => leavesNothing('unsupported_file_type', fileForm(bytes, name)))
}

test('what is left of a refused upload is read: no connection stays half-way through one', async t => {
  const { ann, path } = await message1()
  const { body, contentType } = rawForm(Buffer.alloc(maxAttachmentBytes), 'form-data; name="file"; filename="a.jpg"')
  const headers = { authorization: `Bearer ${ann.token}`, 'content-type': contentType, 'content-length': body.length }
  const sending = httpRequest(ann.url + path, { method: 'POST', headers })
  t.after(() => sending.destroy())
  const isSent = once(sending, 'finish') // more than the kernel would keep
  sending.end(body)
  const [answer] = await once(sending, 'response')
  assert.equal(answer.statusCode, 415)
  await within(isSent, 20_000, 'all of it to be taken')
})

test('a bad name is refused, a path in a name is only its last part', async () => {
  const { ann, path } = await message1()
  for (const name of ['', 'a\tb.jpg', 'a\u0001.jpg', `${'x'.repeat(250)}.jpg`]) {
    const { body, contentType } = rawForm(jpg, `form-data; name="file"; filename="${name}"`)
    await ann.refuse('invalid_file_name', 'POST', path, undefined, {
      raw: body,
      headers: { 'content-type': contentType },
    })
  }
  const names = ['../../../../etc/a.jpg', '..\\..\\a.jpg', 'C:\\Users\\ann\\a.jpg', '/a.jpg', 'a/../a.jpg']
  for (const name of names) {
    const { body, contentType } = rawForm(jpg, `form-data; name="file"; filename="${name}"`)
    const headers = { 'content-type': contentType }
    const { file } = await ann.expect(201, Attachment, 'POST', path, undefined, { raw: body, headers })
    assert.ok(file.endsWith('/a.jpg'), file)
  }
  const double = await ann.expect(201, Attachment, 'POST', path, undefined, { raw: fileForm(jpg, 'a.php.jpg') })
  assert.ok(double.file.endsWith('/a.php.jpg'))
  for (const name of await api.storedFiles()) assert.match(name, /^[0-9a-f]{32}$/, 'no client’s name in a path')
})

test('10 MiB are taken, one byte more is not, with and without a length told before', async () => {
  const { ann, path } = await message1()
  const most = Buffer.concat([jpg, Buffer.alloc(maxAttachmentBytes - jpg.length, 1)])
  await ann.expect(201, Attachment, 'POST', path, undefined, { raw: fileForm(most, 'a.jpg') })
  const tooMuch = Buffer.concat([most, Buffer.from([1])])
  await leavesNothing('file_too_large', fileForm(tooMuch, 'a.jpg'))
  const { body, contentType } = rawForm(tooMuch, 'form-data; name="file"; filename="a.jpg"')
  const raw = new Blob([new Uint8Array(body)]).stream()
  await leavesNothing('file_too_large', raw, { 'content-type': contentType })
})

test('a picture that claims 4 billion pixels is bytes like any other: nothing here unpacks it', async () => {
  const { ann, path } = await message1()
  const flood = Buffer.from(png)
  flood.fill(0xff, 16, 24) // width and height of IHDR
  const { file } = await ann.expect(201, Attachment, 'POST', path, undefined, { raw: fileForm(flood, 'a.png') })
  assert.deepEqual((await ann.call('GET', file.slice(publicUrl.length))).bytes, flood)
})

test('one file, in the field "file"', async () => {
  await leavesNothing('missing_file', new FormData())
  await leavesNothing('missing_file', fileForm(jpg, 'a.jpg', 'picture'))
  const text = new FormData()
  text.append('file', 'not a file')
  await leavesNothing('missing_file', text)
  const two = fileForm(jpg, 'a.jpg')
  two.append('file', new Blob([new Uint8Array(jpg)]), 'b.jpg')
  await leavesNothing('missing_file', two)
  const fields = new FormData()
  for (let i = 0; i < 20; i++) fields.append(`f${i}`, 'x')
  fields.append('file', new Blob([new Uint8Array(jpg)]), 'b.jpg')
  await leavesNothing('missing_file', fields)
  const { ann, path } = await message1()
  const caption = new FormData()
  caption.append('caption', 'ignored')
  caption.append('file', new Blob([new Uint8Array(jpg)]), 'b.jpg')
  await ann.expect(201, Attachment, 'POST', path, undefined, { raw: caption })
})

test('what is no multipart body is refused', async () => {
  const { body, contentType } = rawForm(jpg, 'form-data; name="file"; filename="a.jpg"')
  await leavesNothing('unsupported_media_type', '{}', { 'content-type': 'application/json' })
  await leavesNothing('unsupported_media_type', body, { 'content-type': 'image/jpeg' })
  await leavesNothing('missing_file', body, { 'content-type': 'multipart/form-data' })
  await leavesNothing('upload_incomplete', body.subarray(0, -20), { 'content-type': contentType })
  await leavesNothing('upload_incomplete', body, { 'content-type': 'multipart/form-data; boundary=other' })
  await leavesNothing('missing_file', '', { 'content-type': contentType })
  const prototype = rawForm(jpg, 'form-data; name="__proto__"; filename="a.jpg"')
  await leavesNothing('missing_file', prototype.body, { 'content-type': contentType })
})

test('half an upload leaves no file and no row', async () => {
  const { ann, message, path } = await message1()
  const before = await api.storedFiles()
  const bytes = upload(path, ann, Buffer.concat([jpg, Buffer.alloc(500_000, 1)]))
  const socket = openSocket(api.url, bytes.subarray(0, 300_000))
  const isGrowing = async () => (await api.storedFiles()).length > before.length
  await eventually(isGrowing, { what: 'half of the file to be written' })
  socket.destroy()
  await eventually(async () => !(await isGrowing()), { what: 'the half to be removed' })
  assert.deepEqual(await ann.expect(200, Message, 'GET', `/api/messages/${message.id}/`), message)
})

test('who may not attach is told so before the body is read', async () => {
  const { bob, path } = await message1()
  const refusals = [
    [api.anybody, 'not_authenticated'],
    [await api.person('stranger'), 'message_not_found'],
    [bob, 'forbidden'],
  ] as const
  for (const [who, code] of refusals) {
    const answer = await rawRequest(api.url, upload(path, who, Buffer.alloc(500_000)).subarray(0, 400))
    assert.equal(codeOf(answer), code)
  }
})

test('only the message’s own conversation leads to it, and a deleted one takes nothing', async () => {
  const { ann, message, path } = await message1()
  const other = await message1()
  const crossed = `/api/conversations/${other.message.conversation}/messages/${message.id}/attachments/`
  const raw = () => fileForm(jpg, 'a.jpg')
  await ann.refuse('message_not_found', 'POST', crossed, undefined, { raw: raw() })
  await ann.call('DELETE', `/api/messages/${message.id}/`)
  await ann.refuse('message_deleted', 'POST', path, undefined, { raw: raw() })
})

async function message1() {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const message = await ann.expect(201, Message, 'POST', '/api/messages/', { content: 'x', recipient_id: bob.user.id })
  return { ann, bob, message, path: `/api/conversations/${message.conversation}/messages/${message.id}/attachments/` }
}

/** A whole request, head and body. */
function upload(path: string, { token }: Client, bytes: Uint8Array): Buffer {
  const { body, contentType } = rawForm(bytes, 'form-data; name="file"; filename="a.jpg"')
  const authorization = token ? [`Authorization: Bearer ${token}`] : []
  const head = [`POST ${path} HTTP/1.1`, 'Host: x', ...authorization, `Content-Type: ${contentType}`]
  return Buffer.concat([Buffer.from([...head, `Content-Length: ${body.length}`, '', ''].join('\r\n')), body])
}

type Refusal = Parameters<Client['refuse']>

/** Uploads `raw` and asserts the refusal, and that neither the folder nor the message nor the sockets know of it. */
async function leavesNothing(code: Refusal[0], raw: NonNullable<Refusal[4]>['raw'], headers?: Record<string, string>) {
  const { ann, message, path } = await message1()
  const [files, events] = [await api.storedFiles(), api.committed.length]
  await ann.refuse(code, 'POST', path, undefined, { raw, headers })
  assert.deepEqual(await api.storedFiles(), files)
  assert.equal(api.committed.length, events)
  assert.deepEqual(await ann.expect(200, Message, 'GET', `/api/messages/${message.id}/`), message)
}
