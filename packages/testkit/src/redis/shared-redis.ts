// The Redis that a test run shares, found or started when first asked for.
import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Cleanup } from '../cleanup.ts'
import { config } from '../config.ts'
import { startContainer } from './container.ts'
import { PrivateRedis } from './private-redis.ts'
import { howToGetRedis, redisFromDebian, redisOnPath } from './program.ts'

export type SharedRedis = {
  url: string
  /** How it was found, for people. */
  from: string
  /** Ends it; one that was given from outside is left alone. */
  close: () => Promise<void>
}

let shared: Promise<SharedRedis> | undefined

/**
 * Finds a Redis, in this order: `TEST_REDIS_URL`, a private process of the redis-server on the PATH, a container where
 * Docker answers, a private process of Debian's redis-server fetched into the cache.
 * @throws Error that says what to install
 */
export async function findRedis(): Promise<SharedRedis> {
  if (config.redisUrl) return { url: config.redisUrl, from: 'TEST_REDIS_URL', close: async () => {} }
  const onPath = redisOnPath()
  if (onPath) return startPrivate(onPath)
  const container = await startContainer()
  if (container) return container
  const fetched = await redisFromDebian()
  if (fetched) return startPrivate(fetched)
  throw new Error(howToGetRedis)
}

/**
 * The shared Redis, and a prefix that no other test has. Put the prefix into every key and channel name yourself:
 * ioredis' `keyPrefix` leaves PUBLISH and SUBSCRIBE alone. Keys with the prefix in their name are deleted after the test.
 */
export async function freshRedis(t: Cleanup): Promise<{ url: string; prefix: string }> {
  shared ??= findRedis()
  const { url } = await shared
  const prefix = `test-${randomBytes(6).toString('hex')}:`
  t.after(() => deleteKeys(url, prefix))
  return { url, prefix }
}

async function startPrivate(program: NonNullable<ReturnType<typeof redisOnPath>>): Promise<SharedRedis> {
  const redis = await PrivateRedis.start({ program })
  return { url: redis.url, from: program.from, close: () => redis.close() }
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url)
  for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 1_000 })) {
    if (keys.length > 0) await redis.unlink(...keys)
  }
  await redis.quit()
}
