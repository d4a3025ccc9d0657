// Every weather of the proxy, seen from both of its sides.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { eventually, ownTime, tcpProxy, within } from '../src/index.ts'

/** An echo server behind a proxy, and a client that collects what comes back. */
async function world(t: TestContext) {
  const chunks: number[] = []
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      chunks.push(chunk.length)
      socket.write(chunk)
    })
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const proxy = await tcpProxy(t, `127.0.0.1:${address.port}`)
  const open = () => {
    const socket = createConnection(proxy.port, proxy.host)
    t.after(() => socket.destroy())
    return new Echo(socket)
  }
  return { proxy, chunks, sockets, open, client: open() }
}

class Echo {
  heard = ''
  readonly socket: Socket
  readonly closed: Promise<unknown>

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    this.closed = new Promise(resolve => socket.once('close', resolve)) // `once` would reject at 'error'
    socket.on('data', data => {
      this.heard += data
    })
  }

  say(text: string): void {
    this.socket.write(text)
  }

  hears(text: string): Promise<boolean> {
    return eventually(() => this.heard === text, { everyMs: 2, what: `${text} (heard: ${this.heard})` })
  }
}

test('in fair weather everything goes through, and the end too', async t => {
  const { client, proxy } = await world(t)
  client.say('hello')
  await client.hears('hello')
  assert.equal(proxy.urlFor('redis://:secret@example.org:6379/2'), `redis://:secret@127.0.0.1:${proxy.port}/2`)
  client.socket.end()
  await within(client.closed, 10_000, 'the end')
  await eventually(() => proxy.connections === 0)
})

test('what is stalled comes after healing, in order; what is dropped never does', async t => {
  const { client, proxy } = await world(t)
  proxy.stall('up')
  client.say('a')
  client.say('b')
  const lost = await world(t)
  lost.proxy.drop('down')
  lost.client.say('x')
  await eventually(() => lost.chunks.length === 1)
  assert.equal(client.heard, '')
  proxy.heal()
  lost.proxy.heal()
  lost.client.say('y')
  await Promise.all([client.hears('ab'), lost.client.hears('y')])
})

test('slices arrive in pieces', async t => {
  const { client, proxy, chunks } = await world(t)
  proxy.slice(2, 'up')
  client.say('abcdef')
  await client.hears('abcdef')
  assert.ok(chunks.length > 1, `${chunks.length} pieces`)
})

test('a delay is latency, not a lower rate, and ends with the weather', async t => {
  const { client, proxy } = await world(t)
  proxy.delay(60, 'down')
  const began = performance.now()
  const tookMs = ownTime()
  for (let n = 0; n < 10; n++) {
    client.say(String(n))
    await new Promise(resolve => setTimeout(resolve, 4))
  }
  await client.hears('0123456789')
  assert.ok(performance.now() - began >= 59)
  // One after the other they would take ten times 60.
  assert.ok(tookMs() < 300, `${tookMs()} ms`)
  proxy.delay(60_000)
  client.say('!')
  await eventually(() => proxy.connections === 1)
  proxy.heal()
  await client.hears('0123456789!')
})

test('a reset cuts both ends, and a new connection goes through; a refusal lasts', async t => {
  const { client, proxy, open } = await world(t)
  client.say('a')
  await client.hears('a')
  proxy.reset()
  await within(client.closed, 10_000, 'the cut')
  const second = open()
  second.say('b')
  await second.hears('b')
  proxy.refuse()
  await within(second.closed, 10_000, 'the cut')
  const third = open()
  await within(third.closed, 10_000, 'the refusal')
  proxy.heal()
  const fourth = open()
  fourth.say('c')
  await fourth.hears('c')
})

test('a forgotten connection stays open at both ends and carries nothing; a new one goes through', async t => {
  const { client, proxy, chunks, open } = await world(t)
  client.say('a')
  await client.hears('a')
  proxy.forget()
  client.say('b')
  client.socket.end()
  const second = open()
  second.say('c')
  await second.hears('c')
  assert.deepEqual([client.heard, client.socket.closed, chunks.length], ['a', false, 2])
})

for (const gone of ['client', 'target'] as const) {
  test(`a half-open connection: the ${gone} hears a reset, the other end nothing`, async t => {
    const { client, proxy, open, sockets } = await world(t)
    client.say('a')
    await client.hears('a')
    const [server] = sockets
    const ends = { client: client.socket, target: server! }
    proxy.halfOpen(gone)
    await eventually(() => ends[gone].closed, { what: 'the reset' })
    const second = open()
    second.say('b')
    await second.hears('b')
    assert.equal(ends[gone === 'client' ? 'target' : 'client'].closed, false)
  })
}
