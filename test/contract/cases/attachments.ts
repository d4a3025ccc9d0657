// Attachments: upload, download, ranges, and to whom. Whatever replica took the file, every other one has it.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ErrorCode } from '@goftegu/protocol'
import type { Body } from '../caller.ts'
import type { Check } from '../contract-suite.ts'
import type { Stage } from '../stage.ts'

const jpeg = Buffer.concat([
  Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]),
  Buffer.from('JFIF\0'),
  Buffer.alloc(64, 7),
  randomBytes(200_000),
])
/** The smallest PNG's beginning: what a file is judged by. */
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000049454e44', 'hex')
const mebibyte = 1_048_576
/** So often something is asked for that every replica answers once, wherever requests go. */
const everywhere = 8

const wrong: [why: string, name: string, bytes: Buffer, code: ErrorCode][] = [
  ['SVG under another name', 'cat.png', Buffer.from('<svg/>'), 'unsupported_file_type'],
  ['a type that is not listed', 'cat.svg', Buffer.from('<svg/>'), 'unsupported_file_type'],
  ['HTML', 'cat.html', Buffer.from('<html>'), 'unsupported_file_type'],
  ['another picture than its name says', 'cat.jpg', png, 'unsupported_file_type'],
  ['a name without an ending', 'cat', png, 'unsupported_file_type'],
]

export function attachmentCases(check: Check): void {
  check('an upload is answered 201, and stands in its message for everybody', async stage => {
    const { ann, bob, first, upload } = await prepared(stage)
    const attachment = await ann.rest.expect(201, 'Attachment', 'POST', upload, form(png, 'cat.png'))
    assert.equal(attachment.message, first.id)
    assert.ok(attachment.file.startsWith(`${stage.url}/api/`), attachment.file)
    const message = await bob.rest.expect(200, 'Message', 'GET', `/api/messages/${first.id}/`)
    assert.deepEqual(message.attachments, [attachment])
  })

  check(
    'a file comes back byte for byte from every replica, with headers that keep a browser from running it',
    async stage => {
      const { bob, file } = await attached(stage, 'سلام دنیا (۱).jpg')
      for (let n = 0; n < everywhere; n++) {
        const { status, bytes, headers } = await bob.rest.call('GET', file)
        assert.equal(status, 200)
        assert.ok(bytes.equals(jpeg), `${bytes.length} bytes are not the ${jpeg.length} that were sent`)
        assert.equal(headers.get('content-type'), 'image/jpeg')
        assert.equal(headers.get('x-content-type-options'), 'nosniff')
        assert.equal(headers.get('content-security-policy'), "sandbox; default-src 'none'")
        assert.match(headers.get('content-disposition') ?? '', /^inline; .*filename\*=UTF-8''%D8%B3/)
      }
    },
  )

  const size = jpeg.length
  const ranges: [range: string, start: number, end: number][] = [
    ['bytes=0-0', 0, 0],
    ['bytes=100-199', 100, 199],
    [`bytes=${size - 1}-`, size - 1, size - 1],
    ['bytes=-500', size - 500, size - 1],
    [`bytes=10-${size * 2}`, 10, size - 1],
  ]
  check('ranges are served, and those outside refused', async stage => {
    const { bob, file } = await attached(stage)
    for (const [range, start, end] of ranges) {
      const { status, headers, bytes } = await bob.rest.call('GET', file, undefined, { headers: { range } })
      assert.deepEqual([status, headers.get('content-range')], [206, `bytes ${start}-${end}/${size}`], range)
      assert.ok(bytes.equals(jpeg.subarray(start, end + 1)), range)
    }
    const headers = { range: `bytes=${size}-` }
    const refused = await bob.rest.refuse('range_not_satisfiable', 'GET', file, undefined, { headers })
    assert.equal(refused.headers.get('content-range'), `bytes */${size}`)
  })

  check('HEAD and If-None-Match spare the bytes', async stage => {
    const { bob, file } = await attached(stage)
    const head = await bob.rest.call('HEAD', file)
    assert.deepEqual([head.status, head.bytes.length, head.headers.get('content-length')], [200, 0, String(size)])
    const headers = { 'if-none-match': head.headers.get('etag') ?? '' }
    for (let n = 0; n < everywhere; n++) {
      const { status, bytes } = await bob.rest.call('GET', file, undefined, { headers })
      assert.deepEqual([status, bytes.length], [304, 0], 'every replica knows the same ETag')
    }
  })

  check('to anyone else the file does not exist', async stage => {
    const { file } = await attached(stage)
    const eve = await stage.person('eve')
    await eve.rest.refuse('attachment_not_found', 'GET', file)
    await stage.anybody.refuse('not_authenticated', 'GET', file)
  })

  for (const [why, name, bytes, code] of wrong) {
    check(`${why} is refused`, async stage => {
      const { ann, upload } = await prepared(stage)
      await ann.rest.refuse(code, 'POST', upload, form(bytes, name))
    })
  }

  check('10 MiB are taken, one byte more is 413', async stage => {
    const { ann, upload } = await prepared(stage)
    const most = Buffer.concat([png, Buffer.alloc(10 * mebibyte - png.length, 1)])
    await ann.rest.expect(201, 'Attachment', 'POST', upload, form(most, 'most.png'))
    const more = Buffer.concat([most, Buffer.from([1])])
    await ann.rest.refuse('file_too_large', 'POST', upload, form(more, 'more.png'))
  })

  check('only the sender attaches; a form without a file is refused', async stage => {
    const { ann, bob, upload } = await prepared(stage)
    await bob.rest.refuse('forbidden', 'POST', upload, form(png, 'cat.png'))
    await (await stage.person('eve')).rest.refuse('message_not_found', 'POST', upload, form(png, 'cat.png'))
    await ann.rest.refuse('missing_file', 'POST', upload, form(png, 'cat.png', 'picture'))
  })

  check('deleting the message takes the file away on every replica', async stage => {
    const { ann, bob, first, file } = await attached(stage)
    await ann.rest.expect(204, null, 'DELETE', `/api/messages/${first.id}/`)
    for (let n = 0; n < everywhere; n++) await bob.rest.refuse('attachment_not_found', 'GET', file)
  })
}

async function prepared(stage: Stage) {
  const talk = await stage.talk()
  return { ...talk, upload: `${talk.path}messages/${talk.first.id}/attachments/` }
}

async function attached(stage: Stage, name = 'a.jpg') {
  const talk = await prepared(stage)
  const { file }: Body = await talk.ann.rest.expect(201, 'Attachment', 'POST', talk.upload, form(jpeg, name))
  return { ...talk, file: String(file).slice(stage.url.length) }
}

function form(bytes: Buffer, name: string, field = 'file'): FormData {
  const form = new FormData()
  form.set(field, new Blob([new Uint8Array(bytes)]), name)
  return form
}
