// Whatever bytes arrive, what goes back is an answer of the one table.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { errorTable } from '@goftegu/protocol'
import { createLogger } from '@goftegu/runtime'
import { createServer, sessionPlugin } from '../src/index.ts'
import { rawRequest } from './raw-request.ts'

const requestLines = [
  'OPTIONS * HTTP/1.1',
  'OPTIONS /a/1/ HTTP/1.1',
  'GET http://elsewhere/a/1/ HTTP/1.1',
  'GET //// HTTP/1.1',
  'GET /../../etc/passwd HTTP/1.1',
  'GET /\\..\\ HTTP/1.1',
  'POST /a/%00/ HTTP/1.1',
  'POST /a/%ff/ HTTP/1.1',
  'POST /a/1/ HTTP/1.0',
  'POST /a/1/ HTTP/2.0',
  'POST /a/%0d%0aX:1/ HTTP/1.1',
  `POST /a/${'%61'.repeat(3_000)}/ HTTP/1.1`,
  `GET /${'a'.repeat(17_000)} HTTP/1.1`,
  'GET /?a=%zz&b=%ff HTTP/1.1',
  'GET /a/é/ HTTP/1.1',
  'TRACE / HTTP/1.1',
  'CONNECT elsewhere:443 HTTP/1.1',
  'PROPFIND /a/1 HTTP/1.1',
  'PRI * HTTP/2.0',
  'get / HTTP/1.1',
  'GET / HTTP/1.1 x',
]
const headers = [
  '',
  'Origin: https://app.example.org\r\nAccess-Control-Request-Method: POST\r\n',
  'Cookie: sessionid=%E0%A4%A; \u0001\r\n',
  'Cookie: sessionid=%E0%A4%A\r\n',
  'Connection: Upgrade\r\nUpgrade: websocket\r\n',
  'Content-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 0\r\n',
  'Content-Type: multipart/form-data\r\nContent-Length: 0\r\n',
  `Authorization: Bearer ${'x'.repeat(9_000)}\r\n`,
  'Bad Header: 1\r\n',
  'Expect: miracles\r\n',
]

test('odd requests', async t => {
  const origins = { allowedOrigins: ['https://app.example.org'], trustedProxies: [] }
  const app = createServer({ logger: createLogger({ name: 'test', level: 'silent' }), ...origins })
  t.after(() => app.close())
  app.register(sessionPlugin, {
    accounts: { authenticate: async () => null },
    cookieSecure: 'auto',
    publicUrl: () => 'https://chat.example.org',
    ...origins,
  })
  app.post('/a/:id/', async request => request.authenticate())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const table: Record<string, { status: number }> = errorTable

  for (const line of requestLines) {
    const answers = headers.map(async more => {
      const name = `${line.slice(0, 60)} with ${more.slice(0, 60)}`
      const { status, body } = await rawRequest(port, `${line}\r\nHost: here\r\nConnection: close\r\n${more}\r\n`)
      if (status === 204) return assert.ok(line.startsWith('OPTIONS'), name)
      assert.equal(table[body?.code ?? '']?.status, status, name)
      assert.ok(status < 500, name)
    })
    await Promise.all(answers)
  }
})

test('a request that was answered before its body broke gets no second answer', async t => {
  const app = createServer({ logger: createLogger({ name: 'test', level: 'silent' }) })
  t.after(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const head = 'POST /nothing/ HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n'
  socket.write(head)
  const [first] = await once(socket, 'data')
  socket.write('1\r\n{}\r\n0\r\n\r\n') // a chunk that is longer than it says
  const answers = `${first}${await text(socket)}`
  assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 404'])
})
