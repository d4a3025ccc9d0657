// A failover by a real Sentinel: the broker and the limiter follow the new master without a restart.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually, freePort, NumberedTraffic, privateRedis } from '@goftegu/testkit'
import { encodeCanary } from '../src/canary.ts'
import { brokerTiming, conversationChannel, createLimiter } from '../src/index.ts'
import { brokerAt, otherClient, prefix } from './redis-world.ts'

type Watched = Awaited<ReturnType<typeof watchedRedis>>

/** A master, its replica, and a Sentinel; the URL names another Sentinel first, which is not there. */
async function watchedRedis(t: TestContext) {
  const master = await privateRedis(t, { config: ['repl-diskless-sync-delay 0'] })
  const replica = await privateRedis(t, { config: [`replicaof 127.0.0.1 ${master.port}`] })
  const atReplica = otherClient(t, replica.url)
  const isLinked = async () => (await atReplica.info('replication')).includes('master_link_status:up')
  await eventually(isLinked, { what: 'the replica to follow' })
  const config = [
    `sentinel monitor main 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 3000',
  ]
  const sentinel = await privateRedis(t, { args: ['--sentinel'], config })
  const atSentinel = otherClient(t, sentinel.url)
  const isKnown = async () =>
    JSON.stringify(await atSentinel.call('SENTINEL', 'MASTER', 'main')).includes('"num-slaves","1"')
  await eventually(isKnown, { ms: 15_000, what: 'the Sentinel to know the replica' })
  return {
    master,
    replica,
    atSentinel,
    url: `redis-sentinel://127.0.0.1:${await freePort()},127.0.0.1:${sentinel.port}/main`,
  }
}

test('the master is killed: both replicas of chat go on with the new one', async t => {
  const { master, replica, url } = await watchedRedis(t)
  const [ann, ben] = [brokerAt(t, url, 'ann'), brokerAt(t, url, 'ben')]
  await Promise.all([ann.broker.start(), ben.broker.start()])
  await Promise.all([ann.ear.signal('heard'), ben.ear.signal('heard')])
  assert.equal(await ben.broker.subscribe(['room']), 'subscribed')
  await ann.broker.publish('room', Buffer.from('before'))
  await ben.ear.message('room', 'before')
  const limiter = createLimiter({ url, prefix: 'x:', replicas: () => 2, onError: () => undefined })
  t.after(() => limiter.close())

  const killedMs = performance.now()
  await master.kill()
  await Promise.all([ann.ear.signal('silent'), ben.ear.signal('silent')])
  await ben.ear.signal('resubscribed', 15_000)
  await Promise.all([ann.ear.signal('heard', 15_000), ben.ear.signal('heard', 15_000)])
  t.diagnostic(`heard again ${Math.round(performance.now() - killedMs)} ms after the master was killed`)
  assert.equal(await ann.broker.publish('room', Buffer.from('after')), 'published')
  await ben.ear.message('room', 'after')

  const atNewMaster = otherClient(t, replica.url)
  const isCounted = async () => {
    await limiter.take('a', 1, { limit: 10, windowMs: 60_000 })
    return atNewMaster.exists('x:limit:a')
  }
  await eventually(isCounted, { everyMs: 100, what: 'the limiter to ask the new master' })

  // The last peer falls silent: perhaps it follows another master, so the Sentinel is asked again.
  await ann.broker.close()
  const beat = encodeCanary({ kind: 'beat', instance: 'one', replicaId: 'peer', count: 1 })
  await atNewMaster.publish(`${prefix}~canary`, beat)
  await ben.ear.signal('peer_lost')
  await ben.ear.signal('resubscribed')
  await ben.ear.signal('heard')
})

for (const [fault, harm] of [
  ['frozen', async ({ master }: Watched) => master.pause()],
  [
    'replaced in order (SENTINEL FAILOVER)',
    async ({ atSentinel }: Watched) => atSentinel.call('SENTINEL', 'FAILOVER', 'main'),
  ],
] as const) {
  test(`the master is ${fault}: both replicas of chat go on with the new one`, async t => {
    const watched = await watchedRedis(t)
    const [ann, ben] = [brokerAt(t, watched.url, 'ann'), brokerAt(t, watched.url, 'ben')]
    await Promise.all([ann.broker.start(), ben.broker.start()])
    const channels = Array.from({ length: 20 }, (_, id) => conversationChannel(id))
    await ben.broker.subscribe(channels)
    await ben.ear.until(() => ann.broker.hears() && ben.broker.hears(), 10_000, 'the bus')
    const traffic = new NumberedTraffic(channels, ann.broker, ben.broker)
    traffic.begin()
    t.after(() => traffic.end())
    await traffic.allHeard()
    traffic.forgetTold()
    const beganMs = performance.now()
    await harm(watched)
    const atReplica = otherClient(t, watched.replica.url)
    await eventually(async () => (await atReplica.role())[0] === 'master', {
      ms: 30_000,
      what: 'the replica to take over',
    })
    const isHeardThere = async () => Number((await atReplica.pubsub('NUMSUB', prefix + channels[0]))[1]) > 0
    await eventually(isHeardThere, { ms: 30_000, what: 'ben to listen to the new master' })
    await traffic.allHeard()
    t.diagnostic(`every channel heard ${Math.round(performance.now() - beganMs)} ms after the master was ${fault}`)
    await ben.ear.until(() => ben.broker.hears(), 10_000, 'all to be heard')
    assert.deepEqual(traffic.untold, [])
    assert.ok(traffic.longestMs < brokerTiming.publishDeadlineMs + 1_000, `a sender waited ${traffic.longestMs} ms`)
  })
}
