// Many subscriptions, and subscriptions that change their mind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conversationChannel } from '../src/index.ts'
import { otherClient, prefix, twoReplicas } from './redis-world.ts'

test('10,000 channels in one call, and again after the connection is cut', async t => {
  const { redis, ann, ben } = await twoReplicas(t)
  const channels = Array.from({ length: 10_000 }, (_, id) => conversationChannel(id))
  // A slow machine may need longer than the deadline of a subscription; then the broker says when it has them all.
  if ((await ben.broker.subscribe(channels)) === 'pending') await ben.ear.signal('resubscribed', 30_000)
  assert.ok(ben.broker.hears())
  await otherClient(t, redis.url).call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  await ben.ear.signal('resubscribed', 30_000)
  for (const id of [0, 4_999, 9_999]) {
    await ann.broker.publish(conversationChannel(id), Buffer.from(String(id)))
    await ben.ear.message(conversationChannel(id), String(id))
  }
})

test('whatever order subscribe and unsubscribe come in, and whenever the connection is cut, the last one wins', async t => {
  const { redis, ben } = await twoReplicas(t)
  const other = otherClient(t, redis.url)
  const channels = Array.from({ length: 20 }, (_, index) => `race-${index}`)
  const random = seededRandom(42)
  const wanted = new Set<string>()
  for (let step = 0; step < 3_000; step += 1) {
    const chosen = channels.filter(() => random() < 0.2)
    const isSubscription = random() < 0.5
    for (const channel of chosen) isSubscription ? wanted.add(channel) : wanted.delete(channel)
    const asked = isSubscription ? ben.broker.subscribe(chosen) : ben.broker.unsubscribe(chosen)
    if (random() < 0.05) await asked
    if (step % 1_000 === 500) void other.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  }
  // An unsubscribed channel is asked for last, so that all before it are settled when it is acknowledged.
  while ((await ben.broker.subscribe(['last'])) === 'pending') await ben.ear.signal('resubscribed')
  const counts = await other.pubsub('NUMSUB', ...channels.map(channel => prefix + channel))
  const live = channels.filter((_, index) => Number(counts[index * 2 + 1]) === 1)
  assert.deepEqual(
    live,
    channels.filter(channel => wanted.has(channel)),
  )
})

/** A small generator (mulberry32), so that a failure can be repeated. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
