// What a gateway counts: each thing is caused, and its metric moves by exactly that.
import assert from 'node:assert/strict'
import { after, suite, type TestContext, test } from 'node:test'
import { createMetrics } from '@goftegu/metrics'
import { eventually, scrape, untilRisen } from '@goftegu/testkit'
import { badBus } from './bad-bus.ts'
import { conversation, createWorld, person, type Replica, type ReplicaOptions } from './world.ts'

/** What moved in any of these tests. */
const moved = new Set<string>()
/** What a whole process counts, and the tests of whole processes show. */
const elsewhere = /^goftegu_(bus|limiter|http|events_announced)_/

const baseOf = (sample: string) => sample.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, '')

/** Waits until the samples have risen by so much since `before`, and notes all that is not 0. */
async function risen(replica: Replica, before: Awaited<ReturnType<typeof scrape>>, rises: Record<string, number>) {
  await untilRisen(replica.address, before, rises)
  for (const [sample, value] of await scrape(replica.address)) if (value !== 0) moved.add(baseOf(sample))
}

async function pair(t: TestContext, options: ReplicaOptions = {}) {
  const world = await createWorld(t)
  const [here, there] = [await world.replica(), await world.replica(options)]
  const [ann, bob] = [await person(here, 'ann'), await person(here, 'bob')]
  const { conversation_id: id } = await here.chat.messages.postDirect(ann.actor, {
    recipient_id: bob.user.id,
    content: 'first',
  })
  const say = (content: string) => here.chat.messages.post(ann.actor, { conversation_id: id, content })
  return { here, there, ann, bob, id, say }
}

suite('what a gateway counts', () => {
  after(() => {
    const known = createMetrics().registry.getMetricsAsArray()
    const still = known.map(({ name }) => name).filter(name => !moved.has(name) && !elsewhere.test(name))
    assert.deepEqual(still, [], 'metrics that never moved')
  })

  test('sockets, frames, deliveries, states', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const before = await scrape(replica.address)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    a.socket.send({ type: 'typing', is_typing: true })
    await b.socket.next('user_typing')
    a.socket.send({ type: 'chat_message', content: 'hello' })
    for (const { socket } of [a, b]) await socket.next('new_message')
    a.socket.send({ type: 'nonsense' })
    await a.socket.next('error')
    await b.socket.close()
    await risen(replica, before, {
      goftegu_sockets: 1,
      goftegu_sockets_opened_total: 2,
      'goftegu_sockets_closed_total{reason="peer"}': 1,
      goftegu_rooms: 1,
      'goftegu_frames_received_total{type="typing"}': 1,
      'goftegu_frames_received_total{type="chat_message"}': 1,
      'goftegu_frames_received_total{type="invalid"}': 1,
      'goftegu_frames_refused_total{code="unknown_event"}': 1,
      'goftegu_deliveries_total{kind="live"}': 2,
      'goftegu_deliveries_total{kind="level"}': 1,
      goftegu_delivery_seconds_count: 1,
    })
    const writes = (await scrape(replica.address)).get('goftegu_socket_writes_total')!
    assert.ok(writes >= 5, `${writes} writes`)
  })

  test('reconnects: resumed with what was missed, resynced, refused', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const { socket, ready } = await replica.listen(ann, id)
    const before = await scrape(replica.address)
    const stranger = await person(replica, 'eve')
    const resumed = await replica.listen(bob, id, `?since=0&epoch=${ready.epoch}`)
    await resumed.socket.next('new_message')
    await (await replica.listen(bob, id, '?since=1&epoch=0000000000000000')).socket.next('resync')
    await assert.rejects(replica.open(stranger, id, `?since=1&epoch=${ready.epoch}`), { status: 404 })
    await assert.rejects(replica.open(stranger, id), { status: 404 })
    await risen(replica, before, {
      'goftegu_reconnects_total{outcome="resumed"}': 1,
      'goftegu_reconnects_total{outcome="resynced"}': 1,
      'goftegu_reconnects_total{outcome="refused"}': 1,
      'goftegu_resyncs_total{cause="arrival"}': 1,
      'goftegu_upgrades_refused_total{code="conversation_not_found"}': 2,
      'goftegu_deliveries_total{kind="replayed"}': 1,
    })
    await socket.close()
  })

  test('why sockets end: flooding, the end of a session, a binary frame, silence, a restart', async t => {
    const limits = { pingIntervalMs: 3_100, pongDeadlineMs: 3_000 }
    const { replica, ann, bob, id } = await conversation(t, { limits })
    const [flood, binary] = [await replica.listen(ann, id), await replica.listen(ann, id)]
    const before = await scrape(replica.address)
    for (let i = 0; i < 150; i++) flood.socket.send({ type: 'ping' })
    await flood.socket.closed
    binary.socket.socket.send(Buffer.from('binary'))
    await binary.socket.closed
    const ended = await replica.listen(ann, id)
    replica.gateway.sessionsEnded([ann.session_id])
    await ended.socket.closed
    const dead = await replica.listen(bob, id)
    dead.socket.pause()
    await eventually(() => replica.gateway.counts().connections === 0, { ms: 20_000 })
    const last = await replica.listen(bob, id)
    await replica.gateway.drain({ windowMs: 5_000 })
    await last.socket.closed
    await risen(replica, before, {
      'goftegu_sockets_closed_total{reason="flooding"}': 1,
      'goftegu_sockets_closed_total{reason="unsupported_data"}': 1,
      'goftegu_sockets_closed_total{reason="session_ended"}': 1,
      'goftegu_sockets_closed_total{reason="dead"}': 1,
      'goftegu_sockets_closed_total{reason="restarting"}': 1,
      'goftegu_sockets_closed_total{reason="peer"}': 0,
      goftegu_sockets: -2,
    })
    dead.socket.terminate()
  })

  test('a slow reader', async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits: { closeTimeoutMs: 300 } })
    const [, slow] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    const before = await scrape(replica.address)
    slow.socket.pause()
    const content = '😀'.repeat(10_000)
    for (let posted = 0; replica.gateway.counts().connections === 2 && posted < 1_000; posted += 20) {
      const post = () => replica.chat.messages.post(ann.actor, { conversation_id: id, content })
      await Promise.all(Array.from({ length: 20 }, post))
    }
    await risen(replica, before, { 'goftegu_sockets_closed_total{reason="slow_reader"}': 1, goftegu_sockets: -1 })
    slow.socket.terminate()
  })

  test('a hole that the database fills', async t => {
    const weather = { lose: 0.5, repeat: 0, delay: 0, delayMs: 0 }
    let dice = 0
    const loseTheFirst = () => dice++
    const { there, bob, id, say } = await pair(t, { broker: broker => badBus(broker, weather, loseTheFirst) })
    const { socket } = await there.listen(bob, id)
    const before = await scrape(there.address)
    await say('lost')
    await say('heard')
    for (const seq of [2, 3]) await socket.expectPush('new_message', { seq })
    await risen(there, before, {
      goftegu_holes_found_total: 1,
      'goftegu_holes_filled_total{by="database"}': 1,
      'goftegu_holes_filled_total{by="bus"}': 0,
      goftegu_holes_unfilled_total: 0,
      'goftegu_room_events_total{type="new_message"}': 2,
    })
  })

  test('a hole that is too long, after which the room begins anew', async t => {
    const weather = { lose: 1, repeat: 0, delay: 0, delayMs: 0 }
    const limits = { maxReplayChanges: 2, compareIntervalMs: 100 }
    const { there, bob, id, say } = await pair(t, { limits, broker: broker => badBus(broker, weather) })
    const { socket } = await there.listen(bob, id)
    const before = await scrape(there.address)
    await Promise.all(Array.from({ length: 5 }, (_, i) => say(`${i}`)))
    await socket.next('resync')
    await risen(there, before, {
      goftegu_holes_found_total: 1,
      goftegu_holes_unfilled_total: 1,
      'goftegu_resyncs_total{cause="room"}': 1,
    })
  })

  test('what becomes of messages; a locked conversation, and what waits for it', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const { messages } = replica.chat
    const before = await scrape(replica.address)
    const send = (content: string) => messages.post(ann.actor, { conversation_id: id, content, client_id: 'k' })
    await send('a')
    await send('a')
    await assert.rejects(send('b'), { code: 'client_id_conflict' })
    await assert.rejects(messages.post(ann.actor, { conversation_id: id + 1, content: 'c' }), { status: 404 })
    const lock = await replica.database.pool.connect()
    await lock.query('begin')
    await lock.query('select from conversation_heads where conversation_id = $1 for update', [id])
    const waiting = messages.post(bob.actor, { conversation_id: id, content: 'waits' })
    await risen(replica, before, {
      'goftegu_group_failures_total{failure="locked"}': 1,
      goftegu_writer_waiting_messages: 1,
    })
    await lock.query('commit')
    lock.release()
    await waiting
    await risen(replica, before, {
      'goftegu_messages_total{outcome="stored"}': 2,
      'goftegu_messages_total{outcome="repeat"}': 1,
      'goftegu_messages_total{outcome="client_id_conflict"}': 1,
      'goftegu_messages_total{outcome="conversation_not_found"}': 1,
      goftegu_commit_seconds_count: 3,
      goftegu_writer_waiting_messages: 0,
      goftegu_writer_waiting_bytes: 0,
    })
  })

  test('queries that wait for a connection; another epoch', async t => {
    const { replica } = await conversation(t)
    const { pool, db } = replica.database
    await db.updateTable('installation').set({ epoch_key: crypto.randomUUID() }).execute()
    const before = await scrape(replica.address)
    const clients = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
    const waiting = [pool.query('select'), pool.query('select')]
    await risen(replica, before, {
      'goftegu_pool_waiting{pool="main"}': 2,
      goftegu_epoch_changes_total: 1,
    })
    for (const client of clients) client.release()
    await Promise.all(waiting)
    await risen(replica, before, {
      'goftegu_pool_waiting{pool="main"}': 0,
      'goftegu_pool_wait_seconds_count{pool="main"}': 12,
    })
  })
})
