// What can happen to a Redis Cluster, done to a real one of three masters and their replicas.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { type ClusterNode, eventually, NumberedTraffic, type PrivateCluster } from '@goftegu/testkit'
import { brokerTiming, conversationChannel } from '../src/index.ts'
import { slotOf } from '../src/slots.ts'
import { clusterBrokerAt, freshPrefix, sharedCluster } from './cluster-world.ts'
import type { Ear } from './ear.ts'

/** In this process' own time; two busy cores make timers late. */
const slackMs = 1_000

/** The map is looked at every 10 s, 7.5 at least: what is heard before was noticed. */
const noticedWithinMs = 6_000

/** All shards have some. */
const channels = Array.from({ length: 60 }, (_, index) => conversationChannel(1 + index * 17))

/** Two started brokers under load on the cluster that these tests share and leave as well as they found it. */
async function trafficOn(t: TestContext) {
  const cluster = await sharedCluster({ nodeTimeoutMs: 1_500 })
  await cluster.recovered()
  const prefix = freshPrefix()
  const [ann, ben] = ['ann', 'ben'].map(replicaId => clusterBrokerAt(t, { url: cluster.url, prefix, replicaId }))
  assert.ok(ann && ben)
  await Promise.all([ann.broker.start(), ben.broker.start()])
  const traffic = new NumberedTraffic(channels, ann.broker, ben.broker)
  await ben.broker.subscribe(traffic.channels)
  await ben.ear.until(() => ann.broker.hears() && ben.broker.hears(), 10_000, 'all to be heard')
  traffic.begin()
  t.after(() => traffic.end())
  await traffic.allHeard()
  traffic.forgetTold()
  return { cluster, ann, ben, traffic, servedBy: (node: ClusterNode) => servedBy(cluster, node, prefix) }
}

/** Those of the channels that this master serves. */
async function servedBy(cluster: PrivateCluster, master: ClusterNode, prefix: string): Promise<string[]> {
  const ranges = await cluster.rangesOf(master)
  const isServed = (slot: number) => ranges.some(([first, last]) => slot >= first && slot <= last)
  const served = channels.filter(channel => isServed(slotOf(prefix + channel)))
  assert.ok(served.length > 0 && served.length < channels.length)
  return served
}

async function aMaster(cluster: PrivateCluster): Promise<ClusterNode> {
  const [master] = await cluster.masters()
  assert.ok(master)
  return master
}

/** Whoever listens to these was told to compare, and nobody missed anything without being told. */
function assertTold(traffic: NumberedTraffic, hit: readonly string[]): void {
  assert.deepEqual(traffic.told(hit), hit)
  assert.deepEqual(traffic.untold, [])
}

/** Waits for the word that nothing of these can be trusted, which speaks of no others. */
async function untilSilent(ear: Ear, hit: readonly string[]): Promise<void> {
  const isTold = () => ear.signals.some(({ type, concerns }) => type === 'silent' && concerns?.(hit[0] ?? ''))
  await ear.until(isTold, 5_000, 'silence of the shard')
  const signal = ear.signals.find(({ type, concerns }) => type === 'silent' && concerns?.(hit[0] ?? ''))
  assert.deepEqual(
    channels.filter(channel => signal?.concerns?.(channel)),
    hit,
  )
}

suite('a cluster of three masters and three replicas', () => {
  test('a master is killed: its replica is heard, the others were all along, and their rooms are left alone', async t => {
    const { cluster, ben, traffic, servedBy } = await trafficOn(t)
    const master = await aMaster(cluster)
    const hit = await servedBy(master)
    const others = traffic.channels.filter(channel => !hit.includes(channel))
    await master.server.kill()
    await untilSilent(ben.ear, hit)
    await traffic.allHeard(others, 5_000)
    const tookMs = await traffic.allHeard()
    await eventually(() => ben.broker.hears(), { ms: 10_000, what: 'everything to be heard' })
    assertTold(traffic, hit)
    t.diagnostic(`every channel heard ${Math.round(tookMs)} ms after the others were`)
    assert.ok(traffic.longestMs < brokerTiming.publishDeadlineMs + slackMs, `a sender waited ${traffic.longestMs} ms`)
  })

  test('a master is frozen: noticed by its canary alone, while the other shards go on', async t => {
    const { cluster, ann, ben, traffic, servedBy } = await trafficOn(t)
    const master = await aMaster(cluster)
    const hit = await servedBy(master)
    const others = traffic.channels.filter(channel => !hit.includes(channel))
    master.server.pause()
    await untilSilent(ben.ear, hit)
    assert.equal(ben.broker.hears(hit[0]), false)
    assert.equal(ben.broker.hears(others[0]), true)
    assert.equal(await ann.broker.publish(others[0]!, Buffer.alloc(8)), 'published')
    await traffic.allHeard(others, 5_000)
    const tookMs = await traffic.allHeard()
    t.diagnostic(`every channel heard ${Math.round(tookMs)} ms after the others were`)
    await eventually(() => ben.broker.hears(), { ms: 10_000, what: 'everything to be heard' })
    master.server.resume() // it believes to be a master still, for a moment
    await cluster.agreed()
    await traffic.allHeard()
    assertTold(traffic, hit)
    assert.ok(traffic.longestMs < brokerTiming.publishDeadlineMs + slackMs, `a sender waited ${traffic.longestMs} ms`)
  })

  test('slots move while they are in use: heard again where they went', async t => {
    const { cluster, ben, traffic, servedBy } = await trafficOn(t)
    const [from, to] = await cluster.masters()
    assert.ok(from && to)
    const moved = (await servedBy(from)).slice(0, 5)
    const slots = [...new Set(moved.map(slotOf))]
    await cluster.moveSlots(slots, from, to)
    const tookMs = await traffic.allHeard(channels, noticedWithinMs)
    await eventually(() => ben.broker.hears(), { ms: 10_000, what: 'everything to be heard' })
    t.diagnostic(`every channel heard ${Math.round(tookMs)} ms after 5 slots had moved`)
    assertTold(traffic, moved)
    // The lowest slot carries the canaries.
    const [[lowest] = []] = await cluster.rangesOf(from)
    await cluster.moveSlots([lowest ?? 0], from, to)
    await traffic.allHeard()
    await eventually(() => ben.broker.hears(), { ms: 10_000, what: 'everything to be heard' })
  })

  test('a replica takes over in order (CLUSTER FAILOVER)', async t => {
    const { cluster, ben, traffic, servedBy } = await trafficOn(t)
    const master = await aMaster(cluster)
    const hit = await servedBy(master)
    await cluster.failOver(master)
    const tookMs = await traffic.allHeard()
    await eventually(() => ben.broker.hears(), { ms: 10_000, what: 'everything to be heard' })
    t.diagnostic(`every channel heard ${Math.round(tookMs)} ms after the replica was the master`)
    assertTold(traffic, hit)
  })

  test('all nodes stop at once and start again', async t => {
    const { cluster, ben, traffic } = await trafficOn(t)
    await Promise.all(cluster.nodes.map(({ server }) => server.kill()))
    await ben.ear.signal('silent')
    await Promise.all(cluster.nodes.map(({ server }) => server.startAgain()))
    const tookMs = await traffic.allHeard()
    await eventually(() => ben.broker.hears(), { ms: 10_000, what: 'everything to be heard' })
    t.diagnostic(`every channel heard ${Math.round(tookMs)} ms after the last node had started`)
    assertTold(traffic, channels)
  })

  test('a master is added, and given slots', async t => {
    const { cluster, ben, traffic, servedBy } = await trafficOn(t)
    const from = await aMaster(cluster)
    const added = await cluster.add()
    const moved = (await servedBy(from)).slice(0, 3)
    await cluster.moveSlots([...new Set(moved.map(slotOf))], from, added)
    const tookMs = await traffic.allHeard()
    await eventually(() => ben.broker.hears(), { ms: 10_000, what: 'everything to be heard' })
    t.diagnostic(`every channel heard ${Math.round(tookMs)} ms after the added master had 3 slots`)
    assertTold(traffic, moved)
  })
})
