// A Redis that a test may break, and brokers on it.
import type { TestContext } from 'node:test'
import { type PrivateRedis, privateRedis, type RedisOptions } from '@goftegu/testkit'
import { Redis } from 'ioredis'
import { RedisBroker } from '../src/redis-broker.ts'
import { Ear } from './ear.ts'

export const prefix = 'test:'

/** A broker of its own process, not yet started, and what it says; closed after the test. */
export function brokerAt(
  t: TestContext,
  url: string,
  replicaId: string,
): { broker: RedisBroker; ear: Ear; errors: Error[] } {
  const errors: Error[] = []
  const broker = new RedisBroker({ url, prefix, replicaId, onError: error => errors.push(error) })
  t.after(() => broker.close())
  return { broker, ear: new Ear(broker), errors }
}

/** Another program on the same Redis: to break connections, and to look. */
export function otherClient(t: TestContext, url: string): Redis {
  const redis = new Redis(url, { disconnectTimeout: 100 })
  redis.on('error', () => undefined)
  t.after(() => redis.disconnect())
  return redis
}

/** A private Redis with two started brokers; ben listens to `room`. */
export async function twoReplicas(t: TestContext, options?: RedisOptions) {
  const redis: PrivateRedis = await privateRedis(t, options)
  const ann = brokerAt(t, redis.url, 'ann')
  const ben = brokerAt(t, redis.url, 'ben')
  await Promise.all([ann.broker.start(), ben.broker.start()])
  await Promise.all([ann.ear.signal('heard'), ben.ear.signal('heard')])
  await ben.broker.subscribe(['room'])
  return { redis, ann, ben }
}

/** Publishes on `room` until ben hears it, as the first message after a failure. */
export async function heardAgain({ ann, ben }: Awaited<ReturnType<typeof twoReplicas>>, text: string): Promise<void> {
  for (const { broker, ear } of [ann, ben]) await ear.until(() => broker.state === 'heard', 10_000, 'the bus')
  if ((await ann.broker.publish('room', Buffer.from(text))) === 'failed') throw new Error('heard, but publishing fails')
  await ben.ear.message('room', text)
}
