// Peers that fall silent, lose something, or say goodbye: played by hand, frame by frame.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { freshRedis } from '@goftegu/testkit'
import { type CanaryKind, encodeCanary } from '../src/canary.ts'
import { brokerTiming } from '../src/index.ts'
import { RedisBroker } from '../src/redis-broker.ts'
import { Ear } from './ear.ts'
import { otherClient } from './redis-world.ts'

async function withPeer(t: TestContext) {
  const { url, prefix } = await freshRedis(t)
  const broker = new RedisBroker({ url, prefix, replicaId: 'ann', onError: () => undefined })
  t.after(() => broker.close())
  await broker.start()
  const redis = otherClient(t, url)
  const send = (kind: CanaryKind, count: number, instance = 'one') =>
    redis.publish(`${prefix}~canary`, encodeCanary({ kind, instance, replicaId: 'peer', count }))
  return { broker, ear: new Ear(broker), send, raw: (text: string) => redis.publish(`${prefix}~canary`, text) }
}

test('a peer that falls silent is lost, once', async t => {
  const { broker, ear, send } = await withPeer(t)
  await send('beat', 1)
  await send('beat', 2)
  const startMs = performance.now()
  assert.deepEqual(await ear.signal('peer_lost'), { type: 'peer_lost', replicaId: 'peer', reason: 'silent' })
  assert.ok(performance.now() - startMs > brokerTiming.silentAfterMs - 50)
  assert.equal(broker.replicas, 1)
  await send('beat', 40)
  await send('missed', 41)
  assert.equal((await ear.signal('peer_lost')).reason, 'overflow')
  assert.equal(ear.signals.length, 2)
})

test('a jump in the count of a peer is a loss, a goodbye and a restart are none, and noise is passed over', async t => {
  const { broker, ear, send, raw } = await withPeer(t)
  await send('beat', 1)
  await raw('noise')
  await raw('{"kind":"beat","instance":5}')
  await raw('null')
  await send('beat', 2)
  await send('beat', 4)
  assert.deepEqual(await ear.signal('peer_lost'), { type: 'peer_lost', replicaId: 'peer', reason: 'gap' })
  await send('bye', 5)
  await send('beat', 1, 'two')
  await ear.until(() => broker.replicas === 2, 100, 'the peer').catch(() => undefined)
  await send('bye', 2, 'two')
  await send('missed', 1, 'three')
  assert.equal((await ear.signal('peer_lost')).reason, 'overflow')
  assert.equal(ear.signals.length, 2)
})
