// Two gateways and one API on a Redis Cluster that goes to pieces under load: chat loses nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type ClusterNode, noViolations, type PrivateCluster, privateCluster } from '@goftegu/testkit'
import { seed, startChaos } from './replicas/start-chaos.ts'

/** Messages are written so long before the readers are asked for them: most while a shard is still deaf. */
const writtenMeanwhileMs = 1_000

type Harm = (cluster: PrivateCluster, master: ClusterNode, other: ClusterNode) => Promise<() => Promise<unknown>>

const recovered = (cluster: PrivateCluster) => () => cluster.recovered()

/** Of the slots of the first conversations those that this master serves. */
async function slotsOfConversations(cluster: PrivateCluster, master: ClusterNode): Promise<number[]> {
  const ranges = await cluster.rangesOf(master)
  const tags = Array.from({ length: 20 }, (_, id) => `{${id}}`)
  const slots = await Promise.all(tags.map(tag => master.client.cluster('KEYSLOT', tag)))
  return slots.filter(slot => ranges.some(([first, last]) => slot >= first && slot <= last))
}

const harms: [what: string, harm: Harm][] = [
  [
    'a master is killed',
    async (cluster, { server }) => {
      await server.kill()
      return recovered(cluster)
    },
  ],
  [
    'a shard is frozen',
    async (cluster, { server }) => {
      server.pause()
      return recovered(cluster)
    },
  ],
  [
    'slots move',
    async (cluster, master, other) => {
      await cluster.moveSlots(await slotsOfConversations(cluster, master), master, other)
      return () => cluster.agreed()
    },
  ],
  [
    'a replica takes over',
    async (cluster, master) => {
      await cluster.failOver(master)
      return () => cluster.agreed()
    },
  ],
  [
    'all nodes stop',
    async cluster => {
      await Promise.all(cluster.nodes.map(({ server }) => server.kill()))
      return recovered(cluster)
    },
  ],
]

test('two gateways and one API: nothing is lost, whatever happens to the Redis Cluster', async t => {
  const cluster = await privateCluster(t, { nodeTimeoutMs: 1_500 })
  const harm = async (n: number) => {
    const [what, harm] = harms[n]!
    const [master, other] = await cluster.masters()
    t.diagnostic(what)
    const mend = await harm(cluster, master!, other!)
    await delay(writtenMeanwhileMs)
    return mend
  }
  const { verdict, diverged, refusals, resyncs, volume, repairMs } = await startChaos(t, {
    kills: harms.length,
    harm,
    redis: { url: cluster.url, prefix: 'chaos:' },
  })
  t.diagnostic(`attempts, and events handed over: ${JSON.stringify(volume)}; ${JSON.stringify(verdict.counts())}`)
  for (const [n, [what]] of harms.entries()) t.diagnostic(`${what}: all caught up after ${Math.round(repairMs[n]!)} ms`)
  const again = `to have it again: CHAOS_SEED=${seed}`
  assert.deepEqual(verdict.counts(), noViolations, `${verdict.evidence.join('\n')}\n${again}`)
  assert.deepEqual(diverged, [], `what these show differs from a fresh fetch; ${again}`)
  assert.deepEqual([...new Set(refusals)], [], again)
  assert.equal(resyncs, 0, again)
})
