// Two gateways on one bus that goes wrong: every reader hears 1, 2, 3, … once.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Broker, conversationChannel, nudge } from '@goftegu/bus'
import { encode } from '@goftegu/protocol'
import { eventually, freshRedis, type SocketClient } from '@goftegu/testkit'
import { badBus } from './bad-bus.ts'
import { assertUnheard } from './wire.ts'
import { createWorld, person, type ReplicaOptions } from './world.ts'

type Scope = Parameters<typeof createWorld>[0]

/** Longer than any test, in milliseconds. */
const never = 3_600_000

async function pair(t: Scope, options: ReplicaOptions = {}, redis?: { url: string; prefix: string }) {
  const world = await createWorld(t, { redis })
  const [here, there] = [await world.replica(options), await world.replica(options)]
  const [ann, bob] = [await person(here, 'ann'), await person(here, 'bob')]
  const message = { recipient_id: bob.user.id, content: 'first' }
  const { conversation_id: id } = await here.chat.messages.postDirect(ann.actor, message)
  return { world, here, there, ann, bob, id }
}

function numbersOf({ frames }: SocketClient): number[] {
  const events = frames.map(frame => JSON.parse(frame) as { type: string; seq: number })
  return events.filter(({ type }) => type === 'new_message').map(({ seq }) => seq)
}

suite('two gateways', () => {
  for (const bus of ['memory', 'Redis'] as const) {
    test(`what one stores the other delivers, over ${bus}`, async t => {
      const redis = bus === 'Redis' ? await freshRedis(t) : undefined
      const { here, there, ann, bob, id } = await pair(t, {}, redis)
      const [a, b] = [await here.listen(ann, id), await there.listen(bob, id)]
      for (let i = 0; i < 10; i++) a.socket.send({ type: 'chat_message', content: `${i}` })
      for (let i = 0; i < 10; i++) await b.socket.expectPush('new_message', { seq: i + 2 })
      a.socket.send({ type: 'typing', is_typing: true })
      await b.socket.expectPush('user_typing', { user: { id: ann.user.id } })
      b.socket.send({ type: 'read', seq: 11 })
      const read = { user_id: bob.user.id, read_seq: 11 }
      await Promise.all([a.socket.expectPush('read_updated', read), b.socket.expectPush('read_updated', read)])
      // The bus keeps its order: what one hears of the other now comes after all echoes of what was before.
      a.socket.send({ type: 'chat_message', content: 'over' })
      await b.socket.expectPush('new_message', { seq: 12 })
      b.socket.send({ type: 'chat_message', content: 'out' })
      await a.socket.expectPush('new_message', { seq: 13 })
      assert.deepEqual(
        a.socket.takeUnread().filter(event => event.type === 'read_updated' && event.read_seq === 11),
        [],
      )
      await assertUnheard(b.socket, 'user_typing')
      assert.deepEqual(numbersOf(a.socket), numbersOf(b.socket))
    })
  }

  test('a bus that loses, repeats and delays: still every number once, in order', async t => {
    const limits = { compareIntervalMs: 200, framesPerSecond: 10_000, frameBurst: 10_000 }
    const weather = { lose: 0.3, repeat: 0.3, delay: 0.3, delayMs: 80 }
    const { here, there, ann, bob, id } = await pair(t, { limits, broker: broker => badBus(broker, weather) })
    const sockets = [await here.listen(ann, id), await there.listen(bob, id), await there.listen(ann, id)].map(
      ({ socket }) => socket,
    )
    for (let i = 0; i < 60; i++) {
      sockets[i % 3]!.send({ type: 'chat_message', content: `${i}` })
      if (i % 10 === 9) await new Promise(resolve => setImmediate(resolve))
    }
    await Promise.all(sockets.map(socket => socket.expectPush('new_message', { seq: 61 })))
    for (const socket of sockets)
      assert.deepEqual(
        numbersOf(socket),
        Array.from({ length: 60 }, (_, i) => i + 2),
      )
  })

  test('a loss that nothing follows is found by a nudge, at once', async t => {
    const weather = { lose: 1, repeat: 0, delay: 0, delayMs: 0 }
    const limits = { compareIntervalMs: never }
    const { here, there, ann, bob, id } = await pair(t, { limits, broker: broker => badBus(broker, weather) })
    const { socket } = await there.listen(bob, id)
    await here.chat.messages.post(ann.actor, { conversation_id: id, content: 'lost' })
    await assertUnheard(socket, 'new_message')
    await here.broker.publish(conversationChannel(id), nudge)
    await socket.expectPush('new_message', { seq: 2 })
  })

  test('while the bus is silent messages are heard all the same, and nothing twice when it is back', async t => {
    const { world, here, there, ann, bob, id } = await pair(t, { limits: { compareIntervalMs: never } })
    const { socket } = await there.listen(bob, id)
    world.memoryBus.pause()
    await here.chat.messages.post(ann.actor, { conversation_id: id, content: 'in silence' })
    await socket.expectPush('new_message', { seq: 2 })
    const late = await there.listen(bob, id)
    assert.equal(late.ready.seq, 2)
    await here.chat.messages.post(ann.actor, { conversation_id: id, content: 'still' })
    await Promise.all([socket, late.socket].map(socket => socket.expectPush('new_message', { seq: 3 })))
    await world.memoryBus.resume()
    await here.chat.messages.post(ann.actor, { conversation_id: id, content: 'aloud' })
    await socket.expectPush('new_message', { seq: 4 })
    assert.deepEqual(numbersOf(socket), [2, 3, 4])
  })

  test('what was committed and never announced is found by comparing heads', async t => {
    const { world, there, ann, bob, id } = await pair(t, { limits: { compareIntervalMs: 100 } })
    const silent = await world.replica({
      broker: broker => ({
        ...badBus(broker, { lose: 1, repeat: 0, delay: 0, delayMs: 0 }),
        publish: async () => 'failed' as const,
      }),
    })
    const { socket } = await there.listen(bob, id)
    await silent.chat.messages.post(ann.actor, { conversation_id: id, content: 'unannounced' })
    await socket.expectPush('new_message', { seq: 2 })
  })

  test('a subscription that is lost without a word is found by the comparison, and taken up again', async t => {
    const deaf = new Set<string>()
    const renewed: string[] = []
    const forgetful = (broker: Broker): Broker => ({
      ...badBus(broker, { lose: 0, repeat: 0, delay: 0, delayMs: 0 }),
      onMessage: listener => broker.onMessage((channel, bytes) => !deaf.has(channel) && listener(channel, bytes)),
      renew: channels => {
        renewed.push(...channels)
        for (const channel of channels) deaf.delete(channel)
      },
      get state() {
        return broker.state
      },
    })
    const { here, there, ann, bob, id } = await pair(t, { limits: { compareIntervalMs: 300 }, broker: forgetful })
    const { socket } = await there.listen(bob, id)
    for (const seq of [2, 3, 4]) {
      await here.chat.messages.post(ann.actor, { conversation_id: id, content: 'heard' })
      await socket.expectPush('new_message', { seq })
    }
    deaf.add(conversationChannel(id))
    await here.chat.messages.post(ann.actor, { conversation_id: id, content: 'unheard' })
    await socket.expectPush('new_message', { seq: 5 })
    await eventually(() => deaf.size === 0, { what: 'the subscription to be taken up again' })
    await here.chat.messages.post(ann.actor, { conversation_id: id, content: 'heard again' })
    await socket.expectPush('new_message', { seq: 6 })
    assert.deepEqual(renewed, [conversationChannel(id)])
  })

  test('what is announced and was never stored: one resync, and live events go on from there', async t => {
    const limits = { compareIntervalMs: never }
    const { here, there, ann, bob, id } = await pair(t, { limits })
    const { socket, ready } = await there.listen(bob, id)
    const event = { type: 'conversation_renamed' as const, seq: 50, title: 'nowhere stored' }
    await here.broker.publish(conversationChannel(id), encode({ conversation_id: id, epoch: ready.epoch, event }))
    await socket.expectPush('resync', { seq: 1 })
    for (const seq of [2, 3, 4]) {
      there.reads.length = 0
      await there.broker.publish(conversationChannel(id), nudge)
      await eventually(() => there.reads.includes('heads'))
      await here.chat.messages.post(ann.actor, { conversation_id: id, content: 'next' })
      await socket.expectPush('new_message', { seq })
      assert.ok(!there.reads.includes('snapshot'), 'the room does not begin anew again')
    }
    assert.equal(socket.frames.filter(frame => frame.includes('"resync"')).length, 1)
  })

  test('a client comes back to the other gateway with since, and misses nothing', async t => {
    const { here, there, ann, bob, id } = await pair(t)
    let position = (await here.listen(bob, id)).ready
    const heard: number[] = []
    for (let round = 0; round < 6; round++) {
      const gateway = round % 2 ? here : there
      const posts = Array.from({ length: 7 }, (_, i) =>
        here.chat.messages.post(ann.actor, { conversation_id: id, content: `${i}` }),
      )
      const { socket } = await gateway.listen(bob, id, `?since=${position.seq}&epoch=${position.epoch}`)
      await Promise.all(posts.slice(0, round))
      socket.terminate()
      await socket.closed
      heard.push(...numbersOf(socket))
      position = { ...position, seq: heard.at(-1) ?? position.seq }
      await Promise.all(posts)
    }
    const { socket } = await here.listen(bob, id, `?since=${position.seq}&epoch=${position.epoch}`)
    if (position.seq < 43) await socket.expectPush('new_message', { seq: 43 })
    assert.deepEqual(
      [...heard, ...numbersOf(socket)],
      Array.from({ length: 42 }, (_, i) => i + 2),
    )
  })

  test('a room lingers, and is let go of when nobody has come back', async t => {
    const { here, ann, id } = await pair(t)
    const { socket } = await here.listen(ann, id)
    await socket.close()
    here.gateway.sweep(60_000)
    assert.equal(here.gateway.counts().rooms, 1)
    here.gateway.sweep(0)
    assert.equal(here.gateway.counts().rooms, 0)
  })
})
