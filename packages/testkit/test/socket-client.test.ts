// The socket client against a small server on ws: what it hears, what it waits for, how it fails.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { type WebSocket, WebSocketServer } from 'ws'
import { connect, DeadlineError, UpgradeRefused } from '../src/index.ts'

const typing = { type: 'user_typing', user: { id: 7, username: 'ann', profile_picture: null }, is_typing: true }

/** A server that greets with a pong at once, and the connected client. */
async function world(t: TestContext) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const accepted: Promise<WebSocket[]> = once(server, 'connection')
  server.on('connection', peer => peer.send('{"type":"pong"}'))
  const client = await connect(`ws://127.0.0.1:${address.port}/`)
  t.after(() => client.terminate())
  const [peer] = await accepted
  assert.ok(peer)
  return { client, peer, say: (event: object) => peer.send(JSON.stringify(event)) }
}

test('frames that come with the upgrade are heard', async t => {
  const { client } = await world(t)
  assert.deepEqual(await client.next(), { type: 'pong' })
  assert.deepEqual(client.frames, ['{"type":"pong"}'])
})

test('an event is awaited by type, and others stay unread', async t => {
  const { client, say } = await world(t)
  const waiting = client.next('user_typing')
  say(typing)
  assert.equal((await waiting).user.username, 'ann')
  assert.deepEqual(client.takeUnread(), [{ type: 'pong' }])
})

test('an event is awaited by what it holds', async t => {
  const { client, say } = await world(t)
  say({ ...typing, is_typing: false })
  say(typing)
  assert.equal((await client.expectPush('user_typing', { user: { id: 7 }, is_typing: true })).is_typing, true)
  await assert.rejects(client.expectPush('user_typing', { user: { id: 8 } }, { ms: 50 }), DeadlineError)
  assert.equal((await client.next('user_typing')).is_typing, false)
})

test('what must not come is noticed, before and while it is looked for', async t => {
  const { client, say } = await world(t)
  await client.refutePush('user_typing', {}, { ms: 30 })
  await assert.rejects(client.refutePush('pong'), /heard what nobody should have sent/)
  const refuting = client.refutePush('user_typing')
  say(typing)
  await assert.rejects(refuting, /user_typing/)
})

test('what is sent arrives as JSON, or as it is', async t => {
  const { client, peer } = await world(t)
  const heard: string[] = []
  const both = new Promise<void>(resolve => {
    peer.on('message', data => heard.push(data.toString()) === 2 && resolve())
  })
  client.send({ type: 'ping' })
  client.send('{not json')
  await both
  assert.deepEqual(heard, ['{"type":"ping"}', '{not json'])
})

test('the close code and reason are known, and end what is awaited', async t => {
  const { client, peer } = await world(t)
  const waiting = client.next('user_typing')
  peer.close(1012, '3200')
  await assert.rejects(waiting, /closed \(1012 3200\) before user_typing/)
  assert.deepEqual(await client.closed, { code: 1012, reason: '3200' })
})

test('a refused upgrade tells status and body', async t => {
  const server = createServer((_, response) => response.end())
  server.on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 26\r\n\r\n{"code":"not_authenticated')
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  await assert.rejects(connect(`http://127.0.0.1:${address.port}/`), error => {
    assert.ok(error instanceof UpgradeRefused)
    assert.deepEqual([error.status, error.body], [401, '{"code":"not_authenticated'])
    return true
  })
})
