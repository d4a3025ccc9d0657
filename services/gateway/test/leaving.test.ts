// How a socket ends: by its session, by a removal, by a gateway that stops.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Broker, controlChannel } from '@goftegu/bus'
import { eventually, type SocketClient, UpgradeRefused, within } from '@goftegu/testkit'
import { assertSample, assertWire } from './wire.ts'
import { conversation, createWorld, person, promote } from './world.ts'

/** Longer than anybody waits here, in milliseconds; and how long what comes at once may take on a busy machine. */
const never = 3_600_000
const patienceMs = 20_000

async function group(t: Parameters<typeof createWorld>[0], history: 'all' | 'joined' = 'all') {
  const world = await createWorld(t)
  const replica = await world.replica()
  const people = [await person(replica, 'ann'), await person(replica, 'bob'), await person(replica, 'cleo')] as const
  const [ann, bob] = people
  const participant_ids = [ann.user.id, bob.user.id]
  const { id } = await replica.chat.conversations.createGroup(ann.actor, { title: 'lunch', participant_ids, history })
  return { world, replica, id, ann, bob, cleo: people[2] }
}

/** The numbers of the events that a socket heard, in the order in which they came. */
function numbersOf({ frames }: SocketClient): number[] {
  const events = frames.map(frame => JSON.parse(frame) as { type: string; seq?: number })
  return events.flatMap(({ type, seq }) =>
    seq === undefined || ['ready', 'resync', 'accepted'].includes(type) ? [] : [seq],
  )
}

suite('groups, as sockets hear of them', () => {
  test('adding, roles, names and removal are numbered events; who is removed hears it last, then 4403', async t => {
    const { replica, id, ann, bob, cleo } = await group(t)
    const { conversations } = replica.chat
    const a = await replica.listen(ann, id)
    await assert.rejects(replica.open(cleo, id), { status: 404 })
    await conversations.addParticipant(ann.actor, { conversation_id: id, user_id: cleo.user.id })
    const c = await replica.listen(cleo, id)
    await conversations.changeRole(ann.actor, { conversation_id: id, user_id: cleo.user.id, role: 'admin' })
    await conversations.rename(ann.actor, { conversation_id: id, title: 'dinner' })
    await conversations.removeParticipant(ann.actor, { conversation_id: id, user_id: cleo.user.id })
    await replica.chat.messages.post(bob.actor, { conversation_id: id, content: 'without cleo' })
    assert.equal((await c.socket.closed).code, 4403)
    assertSample(await a.socket.next('participant_added'))
    assertSample(await a.socket.next('participant_changed'))
    assertSample(await a.socket.next('conversation_renamed'))
    assertSample(await a.socket.next('participant_removed'))
    await a.socket.expectPush('new_message', { seq: 5 })
    assert.deepEqual(numbersOf(a.socket), [1, 2, 3, 4, 5])
    assert.deepEqual(numbersOf(c.socket), [2, 3, 4])
    await assert.rejects(replica.open(cleo, id), { status: 404 })
    assertWire(a.socket, c.socket)
  })

  test('who joins sees from there on where the group says so, replayed and live', async t => {
    const { world, replica, id, ann, cleo } = await group(t, 'joined')
    const { messages, conversations } = replica.chat
    const secret = await messages.post(ann.actor, { conversation_id: id, content: 'secret' })
    await conversations.addParticipant(ann.actor, { conversation_id: id, user_id: cleo.user.id })
    const { epoch } = await conversations.get(ann.actor, id)
    const [a, c] = [await replica.listen(ann, id), await replica.listen(cleo, id, `?since=0&epoch=${epoch}`)]
    await c.socket.expectPush('participant_added', { seq: 2 })
    const open = await messages.post(ann.actor, { conversation_id: id, content: 'open' })
    await messages.edit(ann.actor, { message_id: secret.message_id, content: 'edited secret' })
    await messages.edit(ann.actor, { message_id: open.message_id, content: 'edited' })
    await a.socket.expectPush('message_edited', { seq: 4, message: { content: 'edited secret' } })
    await c.socket.expectPush('message_edited', { seq: 5, message: { content: 'edited' } })
    const again = await replica.listen(cleo, id, `?since=0&epoch=${epoch}`)
    await again.socket.expectPush('message_edited', { seq: 5 })
    const elsewhere = await (await world.replica()).listen(cleo, id, `?since=0&epoch=${epoch}`)
    await elsewhere.socket.expectPush('message_edited', { seq: 5 })
    for (const { socket } of [c, again, elsewhere]) {
      assert.deepEqual(numbersOf(socket), [2, 3, 4, 5])
      assert.ok(!socket.frames.join().includes('secret'), 'what was before is not shown')
    }
    assertWire(a.socket, c.socket, again.socket, elsewhere.socket)
  })

  test('staff stay when they are removed; without being staff any more they come back and ask', async t => {
    const { replica, id, ann, bob } = await group(t)
    const boss = await promote(replica, bob)
    const { socket } = await replica.listen(boss, id)
    await replica.chat.conversations.removeParticipant(ann.actor, { conversation_id: id, user_id: bob.user.id })
    await socket.next('participant_removed')
    socket.send({ type: 'ping' })
    await socket.next('pong')
    await replica.database.db.updateTable('users').set({ is_staff: false }).where('id', '=', bob.user.id).execute()
    await replica.gateway.checkSessions()
    assert.equal((await socket.closed).code, 1012)
    await assert.rejects(replica.open(bob, id), { status: 404 })
  })
})

suite('the end of a session', () => {
  test('closes its sockets with 4401, on this replica and by the control channel on others', async t => {
    const { world, replica, ann, bob, id } = await conversation(t)
    const other = await world.replica()
    const sockets = await Promise.all([replica.open(ann, id), other.open(ann, id)])
    const stays = await replica.listen(bob, id)
    await replica.accounts.logout({ ...ann, is_staff: false, renewed: false })
    const notice = JSON.stringify({ type: 'sessions_ended', session_ids: [ann.session_id] })
    await (replica.broker as Broker).publish(controlChannel, Buffer.from(notice))
    for (const socket of sockets) assert.equal((await socket.closed).code, 4401)
    stays.socket.send({ type: 'ping' })
    await stays.socket.next('pong')
    await assert.rejects(replica.open(ann, id), { status: 401 })
  })

  test('a lost notice is made up for by the regular look at all sessions', async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits: { sessionCheckIntervalMs: 50 } })
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    await replica.database.db.deleteFrom('sessions').where('id', '=', ann.session_id).execute()
    assert.equal((await a.socket.closed).code, 4401)
    b.socket.send({ type: 'ping' })
    await b.socket.next('pong')
  })

  test('nothing of a closed session is stored any more', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    replica.gateway.sessionsEnded([ann.session_id])
    for (let i = 0; i < 5; i++) a.socket.send({ type: 'chat_message', content: 'too late' })
    assert.equal((await a.socket.closed).code, 4401)
    await replica.chat.messages.post(bob.actor, { conversation_id: id, content: 'the next' })
    assert.equal((await b.socket.next('new_message')).message.content, 'the next')
  })

  test('a notice that comes between the check of a session and its socket is not lost', async t => {
    const { replica, ann, id } = await conversation(t)
    // As if it had come after the check: the row is still there, so the check lets the upgrade pass.
    replica.gateway.sessionsEnded([ann.session_id])
    assert.equal((await (await replica.open(ann, id)).closed).code, 4401)
  })
})

suite('a gateway that stops', () => {
  test('closes with 1012 and a delay, refuses upgrades, and handles what still comes', async t => {
    const { world, replica, ann, bob, id } = await conversation(t)
    const other = await world.replica()
    const [a, b] = [await replica.listen(ann, id), await other.listen(bob, id)]
    const drained = replica.gateway.drain({ windowMs: 5_000 })
    a.socket.send({ type: 'chat_message', content: 'on the way', client_id: 'k' })
    const { code, reason } = await a.socket.closed
    assert.equal(code, 1012)
    assert.match(reason, /^\d+$/)
    await drained
    await b.socket.expectPush('new_message', { message: { content: 'on the way' } })
    const refusal = await replica.open(ann, id).catch((error: unknown) => error)
    assert.ok(refusal instanceof UpgradeRefused)
    assert.deepEqual([refusal.status, JSON.parse(refusal.body).code], [503, 'draining'])
  })

  test('who does not go within the window is cut off', async t => {
    const { replica, ann, id } = await conversation(t, { limits: { closeTimeoutMs: never } })
    const { socket } = await replica.listen(ann, id)
    socket.pause()
    await within(replica.gateway.drain({ windowMs: 100 }), patienceMs, 'the drain')
    const sockets = () => new Promise(resolve => replica.app.server.getConnections((_, count) => resolve(count)))
    try {
      await eventually(async () => (await sockets()) === 0, { ms: patienceMs, what: 'its socket to be gone' })
    } finally {
      socket.terminate()
    }
    assert.equal(replica.gateway.counts().connections, 0)
  })

  test('without a window it closes with 1001; without sockets it stops at once', async t => {
    const { world, replica, ann, id } = await conversation(t)
    const { socket } = await replica.listen(ann, id)
    await replica.gateway.drain({ windowMs: 0 })
    assert.equal((await socket.closed).code, 1001)
    const idle = await world.replica({ limits: { drainWindowMs: never } })
    await within(idle.app.close(), patienceMs, 'an idle replica to stop')
  })
})
