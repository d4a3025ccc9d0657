// One connection to Redis that fails fast, never queues, and comes back by itself.

import { Redis, type RedisOptions } from 'ioredis'
import type { BrokerErrorHandler } from './broker.ts'
import type { RedisTarget } from './redis-url.ts'

const handshakeDeadlineMs = 2_000
const longestRetryMs = 1_000

/**
 * Opens a connection that is not yet connecting: call `connect(redis)`.
 * `purpose` names it in `CLIENT LIST` and in errors; `extra` are ioredis' own options.
 */
export function openConnection(
  { clusterNodes: _, ...target }: RedisTarget,
  purpose: string,
  onError: BrokerErrorHandler,
  extra: RedisOptions = {},
): Redis {
  const redis = new Redis({
    ...target,
    lazyConnect: true,
    connectionName: `goftegu-${purpose}`,
    // Nothing waits for a server that is away: commands fail at once, and are not sent again later.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    // Also bounds the handshake with a server that accepts and then says nothing.
    commandTimeout: handshakeDeadlineMs,
    connectTimeout: handshakeDeadlineMs,
    disconnectTimeout: 100,
    retryStrategy: retryDelayMs,
    // ioredis' own failoverDetector stays off: it writes to the console for every Sentinel that is away. A demoted
    // master closes its connections, and whoever is silent, or left alone, asks the Sentinels again.
    sentinelCommandTimeout: 1_000,
    sentinelRetryStrategy: retryDelayMs,
    ...extra,
  })
  reportOncePerOutage(redis, purpose, onError)
  return redis
}

/** Starts connecting, and goes on for ever: ioredis gives up in a few rare cases, after which it is told again. */
export function connect(redis: Redis): void {
  const again = () => redis.connect().catch(() => undefined)
  redis.on('end', () => setTimeout(() => redis.status === 'end' && again(), longestRetryMs).unref())
  again()
}

/** Ends a connection that says nothing; it reconnects. In other states ioredis would stop for good, and is at it anyway. */
export function cut(redis: Redis): void {
  if (redis.status === 'ready' || redis.status === 'connect') redis.disconnect(true)
}

/** Ends a connection for good. */
export function disconnect(redis: Redis): void {
  redis.removeAllListeners('end')
  redis.disconnect()
}

/** Doubles from 50 ms to 1 s, jittered by half, so that replicas do not all come back in the same moment. */
function retryDelayMs(attempt: number): number {
  const delayMs = Math.min(50 * 2 ** Math.min(attempt - 1, 10), longestRetryMs)
  return Math.round(delayMs * (0.5 + Math.random() / 2))
}

/** Each attempt fails with the same error: one line per outage and kind is enough. */
function reportOncePerOutage(redis: Redis, purpose: string, onError: BrokerErrorHandler): void {
  const reported = new Set<string>()
  redis.on('ready', () => reported.clear())
  redis.on('error', (error: Error & { code?: string }) => {
    const kind = error.code ?? error.message.slice(0, 24)
    if (reported.has(kind)) return
    reported.add(kind)
    onError(error, `redis ${purpose} connection`)
  })
}
