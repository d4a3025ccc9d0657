// A Redis Cluster that the tests of one file share, and brokers on it.
import { after, type TestContext } from 'node:test'
import { type ClusterOptions, PrivateCluster } from '@goftegu/testkit'
import type { RedisBrokerOptions } from '../src/redis-broker.ts'
import { RedisClusterBroker } from '../src/redis-cluster-broker.ts'
import { Ear } from './ear.ts'

let shared: Promise<PrivateCluster> | undefined
after(async () => (await shared)?.close())

/** The cluster of this file, started when first asked for. */
export function sharedCluster(options?: ClusterOptions): Promise<PrivateCluster> {
  shared ??= PrivateCluster.start(options)
  return shared
}

let prefixes = 0
export const freshPrefix = () => `test-${process.pid}-${++prefixes}:`

/** A broker of its own process, not yet started, and what it says; closed after the test. */
export function clusterBrokerAt(
  t: TestContext,
  { errors = [], ...options }: Omit<RedisBrokerOptions, 'onError'> & { errors?: Error[] },
) {
  const onError = (error: Error) => errors.push(error)
  const broker = new RedisClusterBroker({ ...options, onError })
  t.after(() => broker.close())
  return { broker, ear: new Ear(broker), errors }
}
