// The same promises, kept by a Redis Cluster.
import { brokerContract } from './broker-contract.ts'
import { clusterBrokerAt, freshPrefix, sharedCluster } from './cluster-world.ts'

brokerContract('redis cluster', async t => {
  // Frozen for less than that, no node is replaced.
  const cluster = await sharedCluster({ replicas: 0, nodeTimeoutMs: 30_000 })
  const prefix = freshPrefix()
  const errors: Error[] = []
  return {
    errors,
    pause: () => {
      for (const { server } of cluster.nodes) server.pause()
    },
    resume: () => {
      for (const { server } of cluster.nodes) server.resume()
    },
    replica: async (replicaId, options) => {
      const { broker } = clusterBrokerAt(t, { url: cluster.url, prefix, replicaId, errors, ...options })
      await broker.start()
      return broker
    },
  }
})
