// What a socket may: frames a second, events in the works, silence, slowness, arrivals.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { eventually, UpgradeRefused } from '@goftegu/testkit'
import { assertSample, assertWire } from './wire.ts'
import { conversation } from './world.ts'

suite('what a socket may', () => {
  test('ping is answered with pong, on both levels', async t => {
    const { replica, ann, id } = await conversation(t)
    const { socket } = await replica.listen(ann, id)
    socket.send({ type: 'ping' })
    assertSample(await socket.next('pong'))
    const pong = new Promise(resolve => socket.socket.once('pong', data => resolve(String(data))))
    socket.socket.ping('abc')
    assert.equal(await pong, 'abc')
  })

  test('a frame over the rate is refused with retry_after, and not handled', async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits: { framesPerSecond: 1, frameBurst: 3 } })
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    a.socket.send({ type: 'ping' })
    a.socket.send('nonsense')
    for (let i = 0; i < 2; i++) a.socket.send({ type: 'chat_message', content: `${i}`, client_id: `k${i}` })
    const error = await a.socket.expectPush('error', { code: 'rate_limited', client_id: 'k1' })
    assertSample(error, { client_id: '', retry_after: 1 })
    assert.ok(error.retry_after! > 0 && error.retry_after! <= 1)
    await b.socket.expectPush('new_message', { message: { content: '0' } })
    await replica.chat.messages.post(ann.actor, { conversation_id: id, content: 'the next' })
    assert.equal((await b.socket.next('new_message')).message.content, 'the next')
    assertWire(a.socket, b.socket)
  })

  test('flooding closes with 4429; pings of the lower level count too', async t => {
    const { replica, ann, id } = await conversation(t)
    const { socket } = await replica.listen(ann, id)
    for (let i = 0; i < 150; i++) socket.send({ type: 'ping' })
    assert.equal((await socket.closed).code, 4429)
    const other = await replica.listen(ann, id)
    for (let i = 0; i < 150; i++) other.socket.socket.ping()
    assert.equal((await other.socket.closed).code, 4429)
  })

  test('with as many events in the works as it may have, a socket is not read; none is lost', async t => {
    const limits = { framesPerSecond: 10_000, frameBurst: 10_000, inFlightPerSocket: 2 }
    const { replica, ann, bob, id } = await conversation(t, { limits })
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    for (let i = 0; i < 200; i++) a.socket.send({ type: 'chat_message', content: `${i}` })
    for (let i = 0; i < 200; i++) assert.equal((await b.socket.next('new_message')).message.content, `${i}`)
    assert.equal(replica.load.most, 2)
  })

  test('who does not answer pings is cut off; who does stays', async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits: { pingIntervalMs: 100, pongDeadlineMs: 3_000 } })
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    b.socket.pause()
    await eventually(() => replica.gateway.counts().connections === 1, { ms: 20_000 })
    await new Promise(resolve => a.socket.socket.once('ping', resolve))
    a.socket.send({ type: 'ping' })
    await a.socket.next('pong')
  })

  test('a slow reader is closed with 4408, and comes back with since to what it missed', async t => {
    const limits = { maxBufferedBytes: 1024 * 1024, closeTimeoutMs: 300 }
    const { replica, ann, bob, id } = await conversation(t, { limits })
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    b.socket.pause()
    const content = '😀'.repeat(10_000)
    let posted = 0
    while (replica.gateway.counts().connections === 2) {
      assert.ok(posted < 1_000, 'it is closed at last')
      await Promise.all(
        Array.from({ length: 20 }, () => replica.chat.messages.post(ann.actor, { conversation_id: id, content })),
      )
      posted += 20
    }
    b.socket.terminate()
    await a.socket.expectPush('new_message', { seq: posted + 1 }, { ms: 10_000 })
    const back = await replica.listen(bob, id, `?since=1&epoch=${b.ready.epoch}`)
    for (let seq = 2; seq <= posted + 1; seq++)
      assert.equal((await back.socket.next('new_message', { ms: 10_000 })).seq, seq)
  })

  test('beyond the rate of arrivals there is a line, in which everybody gets in', async t => {
    const { replica, ann, bob, id } = await conversation(t, {
      limits: { upgradesPerSecond: 20, upgradeBurst: 1, upgradeWaitMs: 60_000 },
    })
    await Promise.all(Array.from({ length: 8 }, (_, i) => replica.open(i % 2 ? ann : bob, id)))
    assert.equal(replica.gateway.counts().connections, 8)
  })

  test('beyond what may stand in line: 503 with Retry-After', async t => {
    // One at once and one in line, whose place comes free after a second: 40 would have to take 40 seconds to all get in.
    const { replica, ann, bob, id } = await conversation(t, {
      limits: { upgradesPerSecond: 1, upgradeBurst: 1, upgradeWaitMs: 1_000 },
    })
    const attempts = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => replica.open(i % 2 ? ann : bob, id)))
    const refusals = attempts.filter(attempt => attempt.status === 'rejected').map(({ reason }) => reason as unknown)
    assert.ok(refusals.length > 0 && refusals.length < 40, `${refusals.length} were refused`)
    for (const refusal of refusals) {
      assert.ok(refusal instanceof UpgradeRefused)
      assert.equal(refusal.status, 503)
      assert.equal(JSON.parse(refusal.body).code, 'over_capacity')
      assert.match(refusal.headers['retry-after'] ?? '', /^[1-9]\d*$/)
    }
  })
})
