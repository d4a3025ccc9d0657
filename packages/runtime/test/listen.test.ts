// Listening: an address that works, and a message where it cannot be had.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { listenOn, StartError } from '@goftegu/runtime'

function listener(t: TestContext) {
  const server = createServer()
  t.after(() => server.close())
  const listen = async (options: { host: string; port: number }) => {
    await once(server.listen(options), 'listening')
  }
  return { server, listen }
}

test('all addresses are printed as one that works', async t => {
  const app = listener(t)
  const address = await listenOn(app, { HOST: '0.0.0.0', PORT: 0 })
  assert.equal(address, `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
})

test('a taken port is told with what to do', async t => {
  const first = listener(t)
  await listenOn(first, { HOST: '127.0.0.1', PORT: 0 })
  const PORT = (first.server.address() as AddressInfo).port
  await assert.rejects(listenOn(listener(t), { HOST: '127.0.0.1', PORT }), error => {
    assert.ok(error instanceof StartError)
    assert.match(error.message, /another program has it.*PORT=/)
    return true
  })
})

test('a host of another machine is told with what to do', async t => {
  await assert.rejects(listenOn(listener(t), { HOST: '192.0.2.1', PORT: 0 }), /Set HOST to 127\.0\.0\.1/)
})
