// The reader of raw answers: it goes by bytes, wherever the network cuts them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { rawRequest } from '../src/index.ts'

test('an answer is read whole, also where a chunk ends within a character', async t => {
  const sent = { content: '世\r\n\r\n'.repeat(60_000) }
  const server = createServer((_, response) => {
    const body = Buffer.from(JSON.stringify(sent))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const { status, body } = await rawRequest(`http://127.0.0.1:${port}`, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.equal(status, 200)
  assert.deepEqual(body, sent)
})
