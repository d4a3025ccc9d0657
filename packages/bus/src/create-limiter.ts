// Chooses the limiter: Redis where there is a URL, else memory.

import type { BrokerErrorHandler } from './broker.ts'
import type { Limiter } from './limiter.ts'
import { MemoryLimiter } from './memory-limiter.ts'
import { RedisLimiter } from './redis-limiter.ts'

export type CreateLimiterOptions = {
  /** See `parseRedisUrl` for the forms. Absent: memory, for one process. */
  url?: string | undefined
  prefix: string
  /** How many replicas share a rate while Redis is away: `() => broker.replicas`. */
  replicas: () => number
  onError: BrokerErrorHandler
  /** How long a take waits for Redis before the local share decides; 50 ms. */
  deadlineMs?: number
}

/** Makes a limiter; it connects by itself, and limits from the first take. Throws TypeError for a URL that cannot be read. */
export function createLimiter({ url, ...rest }: CreateLimiterOptions): Limiter {
  return url ? new RedisLimiter({ url, ...rest }) : new MemoryLimiter()
}
