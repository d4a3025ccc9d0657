// The same promises, kept by a Redis Cluster, and what a frozen shard costs.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '@goftegu/testkit'
import { createLimiter, type Limiter } from '../src/index.ts'
import { slotOf } from '../src/slots.ts'
import { freshPrefix, sharedCluster } from './cluster-world.ts'
import { limiterContract } from './limiter-contract.ts'

const onError = (error: Error) => {
  if (error.name === 'ReplyError') throw error
}
const cluster = () => sharedCluster({ replicas: 0, nodeTimeoutMs: 30_000 })

/** Waits until the cluster is what answers, on every master. */
/** The deadline is for what is not about it: long enough for a busy machine. */
async function limiterAt(t: TestContext, prefix: string, deadlineMs = 5_000): Promise<Limiter> {
  const { url, nodes } = await cluster()
  const limiter = createLimiter({ url, prefix, replicas: () => 2, onError, deadlineMs })
  t.after(() => limiter.close())
  const counts = async () => {
    for (let key = 0; key < 20; key += 1) await limiter.take(`warm-up-${key}`, 1, { limit: 1_000, windowMs: 60_000 })
    const keys = await Promise.all(nodes.map(({ client }) => client.keys(`${prefix}limit:*`)))
    return keys.every(({ length }) => length > 0)
  }
  await eventually(counts, { ms: 15_000, what: 'takes that every master counts' })
  return limiter
}

limiterContract('redis cluster', async (t, count) => {
  const prefix = freshPrefix()
  const more = Array.from({ length: count - 1 }, () => limiterAt(t, prefix))
  return [await limiterAt(t, prefix), ...(await Promise.all(more))]
})

test('a frozen shard costs the deadline once, allows the share, and the others count on', async t => {
  const { nodes, rangesOf } = await cluster().then(shared => ({
    nodes: shared.nodes,
    rangesOf: (node: (typeof shared.nodes)[number]) => shared.rangesOf(node),
  }))
  const prefix = freshPrefix()
  const limiter = await limiterAt(t, prefix, 1_000)
  const [frozen] = nodes
  assert.ok(frozen)
  const [[first, last] = [0, 0]] = await rangesOf(frozen)
  const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`)
  const isThere = (key: string) => {
    const slot = slotOf(`${prefix}limit:${key}`)
    return slot >= first && slot <= last
  }
  const [there, elsewhere] = [keys.filter(isThere), keys.filter(key => !isThere(key))]
  frozen.server.pause()
  t.after(() => frozen.server.resume())
  const rate = { limit: 10, windowMs: 60_000 }
  const allowed = async (key: string) => {
    const allowances = await Promise.all(Array.from({ length: 20 }, () => limiter.take(key, 1, rate)))
    return allowances.filter(allowance => allowance.allowed).length
  }
  assert.equal(await allowed(there[0]!), 5)
  assert.equal(await allowed(there[1]!), 5)
  const isCounted = async () => (await allowed(elsewhere.pop() ?? 'no more keys')) === 10
  await eventually(isCounted, { ms: 10_000, everyMs: 500, what: 'another shard to count' })
})
