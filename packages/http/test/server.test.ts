// Every answer is JSON with a detail and a code of the table, whatever was asked.
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ChatError, type ErrorCode, errorTable, PostMessage } from '@goftegu/protocol'
import { createLogger } from '@goftegu/runtime'
import { Type } from 'typebox'
import { createServer, type ServerOptions } from '../src/index.ts'
import { rawRequest } from './raw-request.ts'

async function served(t: TestContext, options: Partial<ServerOptions> = {}) {
  const app = createServer({ logger: createLogger({ name: 'test', level: 'silent' }), ...options })
  t.after(() => app.close())
  app.post('/echo/', { schema: { body: PostMessage } }, async request => request.body ?? null)
  app.post('/nothing/', async request => ({ body: request.body ?? null }))
  app.get('/items/:id/', async request => request.params)
  app.get(
    '/list/',
    { schema: { querystring: Type.Object({ limit: Type.Optional(Type.String()) }) } },
    async r => r.query,
  )
  app.get('/fault/', async () => {
    throw new TypeError('a bug of ours with a secret in it')
  })
  app.get('/busy/', async () => {
    throw new ChatError('busy', { retryAfterSeconds: 1.2 })
  })
  app.get('/away/', async () => {
    throw Object.assign(new Error('terminating connection'), { code: '57P01' })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}` }
}

const json = { 'content-type': 'application/json' }

async function assertError(response: Response, code: ErrorCode) {
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  const body = (await response.json()) as { detail: string; code: string; errors?: unknown }
  assert.deepEqual([body.code, response.status], [code, errorTable[code].status])
  assert.ok(body.detail.length > 0)
  return body
}

test('what a route refuses', async t => {
  const { url } = await served(t)
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json) =>
    fetch(`${url}/echo/`, { method: 'POST', body, headers })

  await t.test('bodies', async () => {
    await assertError(await post('{'), 'invalid_json')
    await assertError(await post('{"content":"\u0001"}'), 'invalid_json')
    await assertError(await post(Uint8Array.from([0x22, 0xff, 0x22])), 'invalid_json')
    await assertError(await post('{"content":"a","__proto__":{"is_staff":true}}'), 'invalid_json')
    await assertError(await post('{"content":"a","constructor":{"prototype":{}}}'), 'invalid_json')
    await assertError(await post('a', { 'content-type': 'text/plain' }), 'unsupported_media_type')
    await assertError(await post(new TextEncoder().encode('a'), {}), 'unsupported_media_type')
    await assertError(await post('content=a', { 'content-type': 'no/such; type' }), 'unsupported_media_type')
    await assertError(await post(JSON.stringify({ content: 'a'.repeat(300_000) })), 'body_too_large')
    for (const type of ['application/json; charset=utf-16', 'application/json;Charset="ISO-8859-1"']) {
      await assertError(await post('{"content":"a"}', { 'content-type': type }), 'unsupported_media_type')
    }
    const gzip = { ...json, 'content-encoding': 'gzip' }
    await assertError(await post(gzipSync('{"content":"a"}'), gzip), 'unsupported_media_type')
    await assertError(await post('{"content":"a"}', gzip), 'unsupported_media_type')
  })

  await t.test('fields, each named, none coerced', async () => {
    const errorsOf = async (body: unknown) =>
      (await assertError(await post(JSON.stringify(body)), 'invalid_request')).errors
    assert.deepEqual(await errorsOf({}), [{ path: '/content', detail: 'is required' }])
    assert.deepEqual(await errorsOf({ content: 5 }), [{ path: '/content', detail: 'must be string' }])
    assert.deepEqual(await errorsOf({ content: 'a', recipient_id: '5' }), [
      { path: '/recipient_id', detail: 'must be integer' },
    ])
    for (const body of ['5', 'null', '[]', '""', '']) await assertError(await post(body), 'invalid_request')
    for (const id of ['1e400', '9007199254740993', '0', '-1', '1.5']) {
      await assertError(await post(`{"content":"a","recipient_id":${id}}`), 'invalid_request')
    }
    await assertError(await post(`{"content":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), 'invalid_request')
  })

  await t.test('queries and paths', async () => {
    await assertError(await fetch(`${url}/list/?limit=1&limit=2`), 'invalid_query')
    await assertError(await fetch(`${url}/nowhere`), 'not_found')
    await assertError(await fetch(`${url}/echo/`, { method: 'DELETE' }), 'not_found')
    await assertError(await fetch(`${url}/echo/`, { method: 'PROPFIND' }), 'not_found')
    await assertError(await fetch(`${url}/items/%zz/`), 'invalid_url')
    await assertError(await fetch(`${url}/items/${'1'.repeat(2_000)}/`), 'not_found')
  })

  await t.test('faults, without their text', async () => {
    const fault = await fetch(`${url}/fault/`)
    assert.equal(fault.headers.get('retry-after'), '1')
    assert.ok(!(await assertError(fault, 'unavailable')).detail.includes('secret'))
    await assertError(await fetch(`${url}/away/`), 'unavailable')
    const busy = await fetch(`${url}/busy/`)
    assert.equal(busy.headers.get('retry-after'), '2')
    await assertError(busy, 'busy')
  })
})

test('what a route takes', async t => {
  const { url } = await served(t)
  await t.test('text comes back as it was sent, unknown fields do no harm', async () => {
    const content = 'سلام می‌خواهم 👩‍👩‍👧 é'
    const body = JSON.stringify({ content, unknown: 1 })
    const response = await fetch(`${url}/echo/`, { method: 'POST', body, headers: json })
    assert.equal(((await response.json()) as PostMessage).content, content)
  })
  await t.test('UTF-8, by every name that it has', async () => {
    for (const charset of ['utf-8', 'UTF-8', '"utf8"', 'us-ascii']) {
      const type = { 'content-type': `application/json; charset=${charset}`, 'content-encoding': 'identity' }
      const response = await fetch(`${url}/echo/`, { method: 'POST', body: '{"content":"a"}', headers: type })
      assert.equal(response.status, 200, charset)
    }
  })
  await t.test('a path without its last slash answers the same', async () => {
    const response = await fetch(`${url}/items/5`, { redirect: 'error' })
    assert.deepEqual(await response.json(), { id: '5' })
  })
  await t.test('no body, whatever its type is said to be', async () => {
    for (const headers of [json, {}]) {
      const response = await fetch(`${url}/nothing`, { method: 'POST', headers })
      assert.deepEqual(await response.json(), { body: null })
    }
  })
})

test('what never reaches a route', async t => {
  const { port } = await served(t)
  // Apart from the others, which would be cut off by these limits wherever the machine is slow.
  const { port: impatient } = await served(t, { headersTimeoutMs: 200, requestTimeoutMs: 400 })
  const head = 'GET /items/5/ HTTP/1.1\r\nHost: here\r\n'
  const cases: [string, string, ErrorCode][] = [
    ['oversized headers', `${head}X-Long: ${'a'.repeat(20_000)}\r\n\r\n`, 'headers_too_large'],
    ['no HTTP at all', 'hello there\r\n\r\n', 'invalid_request'],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: here\r\n\r\n', 'invalid_request'],
    ['two lengths', `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 'invalid_request'],
    ['a length and chunks', `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 'invalid_request'],
    ['no Host', 'GET /items/5/ HTTP/1.1\r\nConnection: close\r\n\r\n', 'invalid_request'],
    ['a broken escape', 'GET /items/%zz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n', 'invalid_url'],
    ['headers that never end', head, 'request_timeout'],
    [
      'a body that never ends',
      'POST /echo/ HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
      'request_timeout',
    ],
  ]
  await Promise.all(
    cases.map(([name, bytes, code]) =>
      t.test(name, async () => {
        const answer = await rawRequest(code === 'request_timeout' ? impatient : port, bytes)
        assert.deepEqual([answer.body?.code, answer.status], [code, errorTable[code].status])
        assert.match(answer.headers, /content-type: application\/json/i)
      }),
    ),
  )
  await t.test('an Expect that nobody knows is ignored', async () => {
    const answer = await rawRequest(port, `${head}Expect: miracles\r\nConnection: close\r\n\r\n`)
    assert.equal(answer.status, 200)
  })
  await t.test('an offer of h2c is ignored', async () => {
    const offer = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n'
    const answer = await rawRequest(port, `${head}${offer}\r\n`)
    assert.equal(answer.status, 200)
  })
})

test('only listed origins may read answers, however they are written in the list', async t => {
  const allowedOrigins = ['https://app.example.org', 'https://Two.Example.org', 'https://three.example.org:443', 'x']
  const { url } = await served(t, { allowedOrigins })
  for (const origin of ['https://two.example.org', 'https://three.example.org']) {
    const answer = await fetch(`${url}/items/5/`, { headers: { origin } })
    assert.equal(answer.headers.get('access-control-allow-origin'), origin)
  }
  const asked = await fetch(`${url}/items/5/`, { headers: { origin: 'https://app.example.org' } })
  assert.equal(asked.headers.get('access-control-allow-origin'), 'https://app.example.org')
  assert.equal(asked.headers.get('access-control-allow-credentials'), 'true')
  const preflight = await fetch(`${url}/echo/`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example.org', 'access-control-request-method': 'PATCH' },
  })
  assert.equal(preflight.status, 204)
  assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /PATCH/)
  const foreign = await fetch(`${url}/items/5/`, { headers: { origin: 'https://evil.example' } })
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
})
