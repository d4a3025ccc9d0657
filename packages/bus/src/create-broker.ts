// Chooses the broker: Redis where there is a URL, else memory.

import type { Broker, BrokerErrorHandler } from './broker.ts'
import { MemoryBroker, MemoryBus } from './memory-broker.ts'
import { RedisBroker } from './redis-broker.ts'
import { RedisClusterBroker } from './redis-cluster-broker.ts'
import { parseRedisUrl } from './redis-url.ts'

export type CreateBrokerOptions = {
  /** See `parseRedisUrl` for the forms. Absent: memory, for one process. */
  url?: string | undefined
  /** Goes before every channel's name, so that several installations can share one Redis. Without braces. */
  prefix: string
  /** Names this process to its peers. */
  replicaId: string
  /** Hears of connection errors, once per outage and kind, and of what listeners throw. */
  onError: BrokerErrorHandler
  /** For tests with several replicas in one process. Default: a bus of its own. */
  memoryBus?: MemoryBus
  /** How long an own canary took through Redis, in milliseconds: four a second. */
  onRoundTrip?: (ms: number) => void
}

/**
 * Makes a broker; `start()` it after adding listeners.
 *
 * @throws TypeError for a URL that cannot be read, or a prefix with braces or spaces (it would change the hash tag)
 */
export function createBroker({ url, prefix, memoryBus = new MemoryBus(), ...rest }: CreateBrokerOptions): Broker {
  if (/[{}\s]/.test(prefix)) throw new TypeError('a channel prefix may hold no braces and no spaces')
  if (!url) return new MemoryBroker({ bus: memoryBus, ...rest })
  const isCluster = parseRedisUrl(url).clusterNodes !== undefined
  return isCluster ? new RedisClusterBroker({ url, prefix, ...rest }) : new RedisBroker({ url, prefix, ...rest })
}
