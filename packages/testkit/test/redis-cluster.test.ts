// A cluster that starts, shifts a slot with its keys, and chooses another master.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, privateCluster } from '../src/index.ts'

test('a cluster of three masters and their replicas moves a slot and survives a kill', async t => {
  const cluster = await privateCluster(t)
  assert.equal((await cluster.masters()).length, 3)
  const [first, second] = cluster.nodes
  assert.ok(first && second)
  await first.client.set('{06S}key', 'kept') // slot 0
  await cluster.moveSlots([0], first, second)
  await cluster.agreed()
  assert.equal(await second.client.get('{06S}key'), 'kept')
  assert.equal(await second.client.wait(1, 10_000), 1) // replication is asynchronous
  await second.server.kill()
  const isReplaced = async () => (await cluster.masters()).length === 3
  const views = () => Promise.all([first.client.cluster('NODES'), first.client.cluster('INFO')])
  await eventually(isReplaced, { ms: 40_000, what: 'the replica to take over' }).catch(async cause => {
    throw new Error((await views()).join('\n'), { cause })
  })
  await cluster.agreed()
  const values = await Promise.all(
    (await cluster.masters()).map(({ client }) => client.get('{06S}key').catch(() => null)),
  )
  assert.deepEqual(
    values.filter(value => value !== null),
    ['kept'],
  )
})
