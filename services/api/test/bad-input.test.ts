// Whatever is sent, the answer is JSON with detail and code, and nothing was changed.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ErrorBody, type errorTable, Message } from '@goftegu/protocol'
import { openSocket, rawRequest } from '@goftegu/testkit'
import { assertError, assertIs, codeOf } from './client.ts'
import { startApi } from './start-api.ts'

const api = await startApi({ after })
const [ann, bob] = [await api.person('ann'), await api.person('bob')]
const first = await ann.expect(201, Message, 'POST', '/api/messages/', { content: 'one', recipient_id: bob.user.id })
const conversation_id = first.conversation

const strings = {
  SQL: `'; drop table messages; --`,
  'SQL in double quotes': `" or 1=1 --`,
  'CR and LF': 'a\r\nSet-Cookie: x=y\r\n\r\n<html>',
  NUL: 'a\0b',
  'a lone surrogate': '\ud800',
  'a lone low surrogate': 'a\udc00b',
  'a path': '../../../../etc/passwd',
  'a long text': 'x'.repeat(5_000),
  'the object’s prototype': '__proto__',
  'a format': '%s%n%x',
  nothing: '',
}

for (const [name, text] of Object.entries(strings)) {
  test(`${name} in a path and a query is refused`, async () => {
    const value = encodeURIComponent(text.toWellFormed())
    const paths = [
      '/api/conversations/X',
      '/api/conversations/X/messages/',
      '/api/messages/X',
      '/api/attachments/X/a.jpg',
    ]
    for (const path of paths) {
      const { status, body } = await ann.call('GET', path.replace('X', value))
      const isListed = text === '' && status === 200 // `/api/conversations/` itself
      assert.ok(isListed || status === 404, `${path}: ${status} ${JSON.stringify(body)}`)
    }
    for (const query of ['before', 'limit'])
      await ann.refuse('invalid_query', 'GET', `/api/conversations/?${query}=${value}`)
    const page = `/api/conversations/${conversation_id}/messages/`
    await ann.refuse('invalid_query', 'GET', `${page}?limit=${value}`)
    await ann.refuse('invalid_cursor', 'GET', `${page}?cursor=${value}`)
    assert.equal((await ann.call('GET', `${page}?unknown=${value}`)).status, 200)
  })

  test(`${name} in place of a number is refused`, async () => {
    for (const field of ['recipient_id', 'conversation_id']) {
      await ann.refuse('invalid_request', 'POST', '/api/messages/', { content: 'x', [field]: text })
    }
    await ann.refuse('invalid_request', 'POST', `/api/conversations/${conversation_id}/read/`, { seq: text })
  })
}

test('text that PostgreSQL would refuse or change is refused; other text is stored as it is', async () => {
  for (const [name, text] of Object.entries(strings)) {
    const isBad = text.trim() === '' || !text.isWellFormed() || text.includes('\0')
    const sends = [
      ['POST', '/api/messages/', { content: text, conversation_id }],
      ['PATCH', `/api/messages/${first.id}/`, { content: text }],
    ] as const
    for (const [method, path, body] of sends) {
      const answer = await ann.call(method, path, body)
      if (isBad) assert.equal(codeOf(answer), 'invalid_content', name)
      else assertIs(Message, answer.body)
    }
  }
  await ann.refuse('invalid_content', 'POST', '/api/messages/', { content: 'x'.repeat(10_001), conversation_id })
})

const numbers = ['"5"', '5.5', '0', '-1', '1e400', '9007199254740993', 'true', '[5]', '{}', '1e-7']
test('ids and positions are positive safe integers and nothing like them', async () => {
  for (const number of numbers) {
    const raw = `{"content":"x","conversation_id":${number}}`
    await ann.refuse('invalid_request', 'POST', '/api/messages/', undefined, { raw, headers: json })
    if (number === '0') continue // seq may be 0
    const mark = { raw: `{"seq":${number}}`, headers: json }
    await ann.refuse('invalid_request', 'POST', `/api/conversations/${conversation_id}/read/`, undefined, mark)
  }
  await ann.refuse('invalid_request', 'POST', '/api/messages/', { content: 5, conversation_id })
  await ann.refuse('invalid_request', 'POST', '/api/messages/', { content: null, conversation_id })
  await ann.refuse('invalid_request', 'POST', '/api/messages/', { content: 'x', conversation_id, client_id: 5 })
})

const json = { 'content-type': 'application/json' }
const bodies: [why: string, raw: string | Uint8Array, code: keyof typeof errorTable][] = [
  ['cut JSON', '{"content":"x"', 'invalid_json'],
  ['two values', '{}{}', 'invalid_json'],
  ['NaN', '{"content":NaN}', 'invalid_json'],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'invalid_json'],
  ['__proto__', '{"content":"x","__proto__":{"is_staff":true}}', 'invalid_json'],
  ['constructor.prototype', '{"content":"x","constructor":{"prototype":{"is_staff":true}}}', 'invalid_json'],
  ['nothing', '', 'invalid_request'],
  ['a list', '[]', 'invalid_request'],
  ['null', 'null', 'invalid_request'],
  ['a text', '"x"', 'invalid_request'],
  ['10,000 lists deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'invalid_request'],
  ['10,000 objects deep', `${'{"content":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'invalid_request'],
  ['too large', `{"content":"${'x'.repeat(300_000)}"}`, 'body_too_large'],
  ['a bomb of fields', `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join()}}`, 'invalid_request'],
]
for (const [why, raw, code] of bodies) {
  test(`a body of ${why} is refused`, async () => {
    await ann.refuse(code, 'POST', '/api/messages/', undefined, { raw, headers: json })
    if (code !== 'invalid_request')
      await ann.refuse(code, 'PUT', `/api/messages/${first.id}/`, undefined, { raw, headers: json })
  })
}

test('a body of another type is refused', async () => {
  const raw = `{"content":"x","conversation_id":${conversation_id}}`
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'x',
    'multipart/form-data; boundary=b',
  ]
  for (const type of types) {
    const { status } = await ann.call('POST', '/api/messages/', undefined, { raw, headers: { 'content-type': type } })
    assert.ok(status === 415 || status === 400, `${type}: ${status}`)
  }
  const { status } = await ann.call('POST', '/api/messages/', undefined, {
    raw,
    headers: { ...json, 'content-encoding': 'gzip' },
  })
  assert.ok(status < 500)
})

test('what is not even a request is answered in JSON', async () => {
  const authorization = `Authorization: Bearer ${ann.token}`
  const requests: [why: string, text: string, code: keyof typeof errorTable][] = [
    ['broken percent-encoding', 'GET /api/messages/%ff%zz/ HTTP/1.1\r\nHost: x\r\n\r\n', 'invalid_url'],
    ['an unknown route', 'GET /api/nothing/ HTTP/1.1\r\nHost: x\r\n\r\n', 'not_found'],
    ['no route at all', 'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 'not_found'],
    [
      'a method that is not there',
      `DELETE /api/conversations/ HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`,
      'not_found',
    ],
    ['OPTIONS', 'OPTIONS /api/messages/ HTTP/1.1\r\nHost: x\r\n\r\n', 'not_found'],
    [
      'large headers',
      `GET /api/messages/1/ HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      'headers_too_large',
    ],
    ['a NUL in a path', `GET /api/messages/%00/ HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`, 'message_not_found'],
    ['no HTTP', 'hello\r\n\r\n', 'invalid_request'],
    [
      'no token but noise',
      'GET /api/conversations/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %00\r\n\r\n',
      'not_authenticated',
    ],
    [
      'a cookie of noise',
      'GET /api/conversations/ HTTP/1.1\r\nHost: x\r\nCookie: sessionid=%00;sessionid=%ff\r\n\r\n',
      'not_authenticated',
    ],
  ]
  for (const [why, text, code] of requests) {
    const answer = await rawRequest(api.url, text)
    assertIs(ErrorBody, answer.body)
    assertError(answer)
    assert.equal(codeOf(answer), code, why)
  }
})

test('HEAD is GET without the body', async () => {
  for (const path of [
    '/api/conversations/',
    `/api/messages/${first.id}/`,
    `/api/conversations/${conversation_id}/messages/`,
  ]) {
    const [head, get] = [await ann.call('HEAD', path), await ann.call('GET', path)]
    assert.deepEqual([head.status, head.bytes.length], [200, 0])
    assert.equal(head.headers.get('content-length'), get.headers.get('content-length'))
  }
  assert.equal((await api.anybody.call('HEAD', '/api/conversations/')).status, 401)
})

test('a body that is cut off changes nothing, and the server goes on', async () => {
  const body = JSON.stringify({ content: 'never whole', conversation_id })
  const head = `POST /api/messages/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const stored = api.committed.length
  const socket = openSocket(api.url, head + body.slice(0, -5))
  await new Promise(resolve => socket.once('connect', resolve))
  socket.destroy()
  await ann.expect(200, Message, 'GET', `/api/messages/${first.id}/`)
  assert.equal(api.committed.length, stored)
})

test('who writes too much is told when to go on, and may still read', async t => {
  const limited = await startApi(t, { writeRate: { limit: 60, windowMs: 60_000, burst: 3 } })
  const [cem, dan] = [await limited.person('cem'), await limited.person('dan')]
  const send = { content: 'x', recipient_id: dan.user.id }
  for (let i = 0; i < 3; i++) await cem.expect(201, Message, 'POST', '/api/messages/', send)
  const { headers } = await cem.refuse('rate_limited', 'POST', '/api/messages/', send)
  assert.equal(headers.get('retry-after'), '1')
  assert.equal((await cem.call('GET', '/api/conversations/')).status, 200)
  await dan.expect(201, Message, 'POST', '/api/messages/', { content: 'x', recipient_id: cem.user.id })
})
