// What Redis can do to a broker, done by a real one.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { atOnce, freePort, ownTime, PrivateRedis, privateRedis } from '@goftegu/testkit'
import { brokerTiming } from '../src/index.ts'
import { brokerAt, heardAgain, otherClient, twoReplicas } from './redis-world.ts'

const { publishDeadlineMs, silentAfterMs, canaryIntervalMs, subscribeDeadlineMs } = brokerTiming
/** In this process' own time. */
const slackMs = 250

describe('redis fails', { concurrency: 3 }, () => {
  test('frozen: no sender waits beyond the deadline, and none at all once it is known', async t => {
    const world = await twoReplicas(t)
    const { redis, ann } = world
    redis.pause()
    const send = () => ann.broker.publish('room', Buffer.alloc(1_000))
    const waitedMs = ownTime()
    const outcomes = await Promise.all(Array.from({ length: 100 }, send))
    assert.ok(waitedMs() < publishDeadlineMs + slackMs, `a sender waited ${waitedMs()} ms`)
    assert.deepEqual([...new Set(outcomes)], ['failed'])
    assert.equal(ann.broker.state, 'silent')
    assert.equal(await atOnce(send()), 'failed', 'no sender waits for a bus known to be silent')
    redis.resume()
    await ann.ear.signal('heard')
    await heardAgain(world, 'back')
  })

  test('frozen: a listener knows it within the silence time, with nobody publishing', async t => {
    const { redis, ben } = await twoReplicas(t)
    redis.pause()
    const deafMs = ownTime()
    await ben.ear.signal('silent')
    assert.ok(deafMs() < silentAfterMs + canaryIntervalMs + slackMs, `silent after ${deafMs()} ms`)
    const askedMs = ownTime()
    assert.equal(await ben.broker.subscribe(['new']), 'pending')
    assert.ok(askedMs() < subscribeDeadlineMs + slackMs, `pending after ${askedMs()} ms`)
    redis.resume()
    await ben.ear.signal('resubscribed')
    assert.equal(await ben.broker.subscribe(['new']), 'subscribed')
  })

  test('half-open: a subscriber that hears nothing, while publishing works, is noticed, cut and made anew', async t => {
    const redis = await privateRedis(t)
    const proxy = await stallingProxy(t, redis.port)
    const { broker, ear } = brokerAt(t, `redis://127.0.0.1:${proxy.port}`, 'ann')
    await broker.start()
    await broker.subscribe(['room'])
    proxy.stall('goftegu-subscriber')
    assert.equal((await ear.signal('silent')).reason, 'unheard')
    assert.equal(await broker.publish('room', Buffer.from('lost')), 'published')
    await ear.signal('resubscribed')
    await ear.signal('heard')
    await broker.publish('room', Buffer.from('back'))
    await ear.message('room', 'back')
  })

  test('killed and started again: everything wanted is listened to again, without a word from its owner', async t => {
    const world = await twoReplicas(t)
    const { redis, ann, ben } = world
    await redis.kill()
    assert.notEqual((await ben.ear.signal('silent')).reason, 'unheard', 'known by the connection')
    assert.equal(await ben.broker.subscribe(['asked while away']), 'pending')
    assert.equal(await ann.broker.publish('room', Buffer.from('lost')), 'failed')
    await redis.startAgain()
    await ben.ear.signal('resubscribed')
    await ben.ear.signal('heard')
    await heardAgain(world, 'back')
    await ann.broker.publish('asked while away', Buffer.from('heard'))
    await ben.ear.message('asked while away', 'heard')
  })

  test('subscribers cut (CLIENT KILL): silent at once, resubscribed, heard', async t => {
    const world = await twoReplicas(t)
    const other = otherClient(t, world.redis.url)
    for (let round = 0; round < 3; round += 1) {
      await other.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      assert.equal((await world.ben.ear.signal('silent')).reason, 'disconnected')
      await world.ben.ear.signal('resubscribed')
      await world.ben.ear.signal('heard')
      await heardAgain(world, `round ${round}`)
    }
  })

  test('publishers cut: what failed is nudged', async t => {
    const world = await twoReplicas(t)
    const { ann, ben } = world
    const other = otherClient(t, world.redis.url)
    await other.call('CLIENT', 'KILL', 'TYPE', 'normal')
    assert.equal((await ann.ear.signal('silent')).reason, 'unacknowledged')
    assert.equal(await ann.broker.publish('room', Buffer.from('lost')), 'failed')
    await ben.ear.message('room', '')
    await heardAgain(world, 'back')
  })

  test('FLUSHALL is not noticed', async t => {
    const world = await twoReplicas(t)
    await otherClient(t, world.redis.url).flushall()
    await heardAgain(world, 'still here')
    assert.deepEqual(
      world.ben.ear.signals.filter(({ type }) => type !== 'heard'),
      [],
    )
  })

  test('absent at the start: starts all the same, and mends by itself', async t => {
    const port = await freePort()
    const { broker, ear, errors } = brokerAt(t, `redis://127.0.0.1:${port}`, 'ann')
    const startedMs = ownTime()
    await broker.start()
    assert.ok(startedMs() < brokerTiming.startDeadlineMs + slackMs, `started after ${startedMs()} ms`)
    assert.equal(broker.state, 'silent')
    assert.equal(await broker.subscribe(['room']), 'pending')
    assert.equal(await broker.publish('room', Buffer.from('lost')), 'failed')
    assert.deepEqual(
      errors.map(error => (error as NodeJS.ErrnoException).code),
      ['ECONNREFUSED', 'ECONNREFUSED'],
    )
    const redis = await PrivateRedis.start({ port })
    t.after(() => redis.close())
    await ear.signal('resubscribed')
    await ear.signal('heard')
    await broker.publish('room', Buffer.from('here'))
    await ear.message('room', 'here')
  })

  test('a wrong password is reported, and not repeated in the report', async t => {
    const redis = await privateRedis(t)
    await otherClient(t, redis.url).call('ACL', 'SETUSER', 'chat', 'on', '>right', '~*', '&*', '+@all')
    const { broker, errors } = brokerAt(t, `redis://chat:secret-but-wrong@127.0.0.1:${redis.port}`, 'ann')
    await broker.start()
    assert.equal(broker.state, 'silent')
    assert.match(errors[0]?.message ?? '', /WRONGPASS/)
    assert.doesNotMatch(errors.map(String).join(), /secret-but-wrong/)
    const right = brokerAt(t, `redis://chat:right@127.0.0.1:${redis.port}`, 'ben')
    await right.broker.start()
    assert.equal(right.broker.state, 'heard')
  })
})

// By itself, because it keeps the event loop busy.
test('frozen: of 20,000 publications 10,000 wait, and the others fail at once', async t => {
  const { redis, ann } = await twoReplicas(t)
  redis.pause()
  let failed = 0
  const send = async () => {
    if ((await ann.broker.publish('room', Buffer.alloc(100))) === 'failed') failed += 1
  }
  const senders = Array.from({ length: 20_000 }, send)
  await new Promise(setImmediate)
  assert.ok(failed >= 10_000 && failed < 10_010, `${failed} failed at once`) // a canary or two may be in flight too
  await Promise.all(senders)
  assert.equal(failed, 20_000)
  redis.resume()
})

/** Passes bytes on to `port`, until told to stall the connections that are there and gave themselves this name. */
async function stallingProxy(t: TestContext, port: number): Promise<{ port: number; stall: (name: string) => void }> {
  const pairs = new Map<Socket, { far: Socket; sent: string }>()
  const server = createServer(near => {
    const pair = { far: createConnection(port, '127.0.0.1'), sent: '' }
    pairs.set(near, pair)
    near.on('data', data => {
      if (pair.sent.length < 1_000) pair.sent += data.toString('latin1')
    })
    near.on('error', () => undefined).on('close', () => pair.far.destroy())
    pair.far.on('error', () => undefined).on('close', () => near.destroy())
    near.pipe(pair.far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const near of pairs.keys()) near.destroy()
  })
  const stall = (name: string) => {
    for (const { far, sent } of pairs.values()) if (sent.includes(name)) far.unpipe().pause()
  }
  return { port: (server.address() as AddressInfo).port, stall }
}
