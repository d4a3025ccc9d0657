// Section 4 of the contract on the socket: idempotent sends, accepted, read positions; and who may open one.
import assert from 'node:assert/strict'
import type { ClientRequest } from 'node:http'
import { suite, test } from 'node:test'
import { connect, eventually } from '@goftegu/testkit'
import { assertSample, assertUnheard, assertWire } from './wire.ts'
import { conversation, person, type Replica } from './world.ts'

suite('sending once', () => {
  test('a repeated client_id is accepted again, stored once, and heard once', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    const message = { type: 'chat_message', content: 'once', client_id: 'k1' }
    a.socket.send(message)
    const accepted = await a.socket.next('accepted')
    assertSample(accepted)
    a.socket.send(message)
    assert.deepEqual(await a.socket.next('accepted'), accepted)
    const again = await replica.listen(ann, id)
    again.socket.send(message)
    assert.deepEqual(await again.socket.next('accepted'), accepted)
    await b.socket.expectPush('new_message', {
      seq: accepted.seq,
      client_id: 'k1',
      message: { id: accepted.message_id },
    })
    await replica.chat.messages.post(ann.actor, { conversation_id: id, content: 'the next' })
    assert.equal((await b.socket.next('new_message')).message.content, 'the next')
    assertWire(a.socket, b.socket, again.socket)
  })

  test('the same client_id with another content is a conflict; of another sender it is another message', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    a.socket.send({ type: 'chat_message', content: 'one', client_id: 'k' })
    await a.socket.next('accepted')
    a.socket.send({ type: 'chat_message', content: 'two', client_id: 'k' })
    assertSample(await a.socket.expectPush('error', { code: 'client_id_conflict', client_id: 'k' }), { client_id: '' })
    b.socket.send({ type: 'chat_message', content: 'two', client_id: 'k' })
    assert.equal((await b.socket.next('accepted')).seq, 3)
  })

  test('without a client_id there is no accepted, and none is made up in the event', async t => {
    const { replica, ann, id } = await conversation(t)
    const { socket } = await replica.listen(ann, id)
    socket.send({ type: 'chat_message', content: 'plain' })
    assert.ok(!('client_id' in (await socket.next('new_message'))))
    socket.send({ type: 'chat_message', content: 'the next', client_id: 'k' })
    assert.equal((await socket.next('accepted')).client_id, 'k')
  })
})

suite('read positions', () => {
  test("everyone hears of them, one's own other devices too; they never go back, nor above the head", async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits: { inFlightPerSocket: 1 } })
    await replica.chat.messages.post(ann.actor, { conversation_id: id, content: 'second' })
    const sockets = await Promise.all([replica.open(ann, id), replica.open(bob, id), replica.open(bob, id)])
    const [, phone] = sockets
    for (const socket of sockets) await socket.expectPush('read_updated', { user_id: ann.user.id, read_seq: 2 })
    const rounds: [sent: number, heard: number | null][] = [
      [1, 1],
      [1, null],
      [0, null],
      [4711, 2],
      [1, null],
    ]
    for (const [seq, read_seq] of rounds) {
      phone!.send({ type: 'read', seq })
      if (read_seq === null) continue
      for (const socket of sockets) {
        const event = await socket.next('read_updated')
        assertSample(event)
        assert.deepEqual(event, { type: 'read_updated', user_id: bob.user.id, read_seq })
      }
    }
    // Of one event at a time, the ping is handled after the last of these.
    for (const socket of [phone!, ...sockets]) await assertUnheard(socket, 'read_updated')
    await replica.chat.messages.post(bob.actor, { conversation_id: id, content: 'third' })
    const late = await replica.listen(ann, id)
    await late.socket.expectPush('read_updated', { user_id: bob.user.id, read_seq: 3 })
    assertWire(...sockets)
  })

  test('sending moves one’s own, and those who heard the message are not told it again', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    a.socket.send({ type: 'chat_message', content: 'second' })
    for (const { socket } of [a, b]) {
      await socket.expectPush('new_message', { seq: 2 })
      socket.takeUnread()
    }
    const second = await replica.listen(bob, id)
    await second.socket.expectPush('read_updated', { user_id: ann.user.id, read_seq: 2 })
    // A position of which the notice was lost: that one is news.
    await replica.database.db
      .updateTable('participants')
      .set({ read_seq: 2 })
      .where('user_id', '=', bob.user.id)
      .execute()
    const third = await replica.listen(ann, id)
    await third.socket.expectPush('read_updated', { user_id: ann.user.id, read_seq: 2 })
    for (const { socket } of [a, b]) {
      assert.deepEqual(await socket.next(), { type: 'read_updated', user_id: bob.user.id, read_seq: 2 })
    }
  })
})

suite('who may open a socket', () => {
  const refused = async (opened: Promise<unknown>, status: number, code: string) => {
    const error = await opened.then(
      () => assert.fail('it opened'),
      (error: { status: number; body: string }) => error,
    )
    assert.equal(error.status, status)
    assert.equal(JSON.parse(error.body).code, code)
  }
  const at = ({ address }: Replica, path: string) => `${address}${path}`

  test('the session cookie opens it; a foreign origin does not, nor a wrong token', async t => {
    const { replica, ann, id } = await conversation(t)
    const url = at(replica, `/ws/chat/${id}/`)
    const cookie = `sessionid=${ann.token}`
    const socket = await connect(url, { headers: { cookie } })
    await socket.next('ready')
    const own = await connect(url, { headers: { cookie, origin: replica.address } })
    await own.next('ready')
    await refused(connect(url, { headers: { cookie, origin: 'https://evil.example' } }), 403, 'foreign_origin')
    await refused(connect(url, { headers: { cookie, origin: 'null' } }), 403, 'foreign_origin')
    await refused(connect(url, { headers: { cookie, 'sec-fetch-site': 'cross-site' } }), 403, 'foreign_origin')
    await refused(connect(url, { headers: { cookie: 'sessionid=nonsense' } }), 401, 'not_authenticated')
    await refused(connect(url, { headers: { cookie, authorization: 'Bearer nonsense' } }), 401, 'not_authenticated')
    await refused(connect(url), 401, 'not_authenticated')
  })

  test('the path is tolerant of its last slash and of nothing else', async t => {
    const { replica, ann, id } = await conversation(t)
    const headers = { authorization: `Bearer ${ann.token}` }
    await (await connect(at(replica, `/ws/chat/${id}`), { headers })).next('ready')
    for (const wrong of ['0', '01', '-1', '1.0', 'x', '9007199254740993', '4711', '%00', "1'or'1"]) {
      await refused(connect(at(replica, `/ws/chat/${wrong}/`), { headers }), 404, 'conversation_not_found')
    }
    for (const path of ['/ws/', '/ws/chat/', '/', '/api/auth/me/']) {
      await refused(connect(at(replica, path), { headers }), 404, 'not_found')
    }
    const plain = await fetch(at(replica, `/ws/chat/${id}/`), { headers })
    assert.deepEqual([plain.status, ((await plain.json()) as { code: string }).code], [426, 'upgrade_required'])
  })

  test('a refused upgrade leaves nothing behind', async t => {
    const { replica, ann, id } = await conversation(t)
    const connections = ({ app }: Replica) =>
      new Promise<number>(resolve => app.server.getConnections((_, count) => resolve(count)))
    const eve = await person(replica, 'eve')
    await refused(replica.open(eve, 4711), 404, 'conversation_not_found')
    assert.equal(replica.gateway.counts().rooms, 0)
    const open = await connections(replica)
    const headers = { authorization: `Bearer ${ann.token}` }
    const url = at(replica, `/ws/chat/${id}/`)
    const handshakes: [object, number, string][] = [
      [{ 'Sec-WebSocket-Key': 'short' }, 400, 'invalid_request'],
      [{ 'Sec-WebSocket-Version': '7' }, 426, 'upgrade_required'],
      [{ 'Sec-WebSocket-Protocol': 'a,,b' }, 400, 'invalid_request'],
    ]
    for (const [wrong, status, code] of handshakes) {
      const finishRequest = (request: ClientRequest) => {
        for (const [name, value] of Object.entries(wrong)) request.setHeader(name, value)
        request.end()
      }
      await refused(connect(url, { headers, finishRequest }), status, code)
    }
    // These are answered before any hook of a route runs.
    await refused(connect(at(replica, '/ws/chat/%ff/')), 400, 'invalid_url')
    await refused(connect(at(replica, `/ws/chat/${'1'.repeat(9_000)}/`)), 404, 'not_found')
    await eventually(async () => (await connections(replica)) <= open)
    assert.equal(replica.gateway.counts().connections, 0)
  })
})
