// The limiter over Redis: counted there, or when it does not answer in time, this replica's share.
import type { BrokerErrorHandler } from './broker.ts'
import { ClusterCounters } from './cluster-counters.ts'
import { type Rate, rateOf } from './gcra.ts'
import type { Allowance, Limiter } from './limiter.ts'
import { MemoryLimiter } from './memory-limiter.ts'
import { RedisCounter } from './redis-counter.ts'
import { parseRedisUrl } from './redis-url.ts'

export type RedisLimiterOptions = {
  url: string
  prefix: string
  /** How many replicas share a rate while Redis is away: `() => broker.replicas`. */
  replicas: () => number
  onError: BrokerErrorHandler
  deadlineMs?: number
}

const defaultDeadlineMs = 50

/**
 * Why not rate-limiter-flexible: it counts in fixed windows, which let twice the rate pass at their border and make
 * the first refused wait for the whole window; and its insurance neither has a deadline nor knows a share.
 */
export class RedisLimiter implements Limiter {
  readonly #counter: Pick<RedisCounter, 'take' | 'close'>
  readonly #prefix: string
  readonly #replicas: () => number
  readonly #local = new MemoryLimiter()

  constructor({ url, prefix, replicas, onError, deadlineMs = defaultDeadlineMs }: RedisLimiterOptions) {
    this.#prefix = `${prefix}limit:`
    this.#replicas = replicas
    const target = parseRedisUrl(url)
    const counter = target.clusterNodes ? ClusterCounters : RedisCounter
    this.#counter = new counter({ target, onError, deadlineMs })
  }

  async take(key: string, cost: number, rate: Rate): Promise<Allowance> {
    const { intervalMs, burst } = rateOf(rate)
    const waitMs = await this.#counter.take(this.#prefix + key, cost, intervalMs, burst)
    if (waitMs === undefined) return this.#local.takeNow(key, cost, this.#share(rate))
    return waitMs > 0 ? { allowed: false, retryAfterMs: waitMs } : { allowed: true }
  }

  async close(): Promise<void> {
    this.#counter.close()
  }

  /** Rounded down to no less than one unit: the sum over the replicas stays near the rate, and nobody is locked out. */
  #share({ limit, windowMs, burst = limit }: Rate): Rate {
    const replicas = Math.max(1, this.#replicas())
    return { limit: limit / replicas, windowMs, burst: Math.max(1, Math.floor(burst / replicas)) }
  }
}
