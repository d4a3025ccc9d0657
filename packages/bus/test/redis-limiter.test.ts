// The same promises, kept by Redis, and what happens without it.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { atOnce, eventually, freePort, freshRedis, privateRedis } from '@goftegu/testkit'
import { createLimiter, type Limiter } from '../src/index.ts'
import { limiterContract } from './limiter-contract.ts'
import { otherClient } from './redis-world.ts'

const onError = (error: Error) => {
  if (error.name === 'ReplyError') throw error
}
/** For what is not about it: long enough for a busy machine. */
const deadlineMs = 5_000
const slow = { limit: 10, windowMs: 60_000 }

/** Waits until Redis is what answers: its keys are there. */
async function limiterAt(t: TestContext, url: string, prefix: string, waitMs = deadlineMs): Promise<Limiter> {
  const limiter = createLimiter({ url, prefix, replicas: () => 2, onError, deadlineMs: waitMs })
  t.after(() => limiter.close())
  const redis = otherClient(t, url)
  const isCounted = async () => {
    await limiter.take('warm-up', 1, { limit: 1_000, windowMs: 1_000 })
    return redis.del(`${prefix}limit:warm-up`)
  }
  await eventually(isCounted, { what: 'a take that Redis counts' })
  return limiter
}

async function takeMany(limiter: Limiter, key: string, count: number): Promise<number> {
  const allowances = await Promise.all(Array.from({ length: count }, () => limiter.take(key, 1, slow)))
  return allowances.filter(({ allowed }) => allowed).length
}

limiterContract('redis', async (t, count) => {
  const { url, prefix } = await freshRedis(t)
  const more = Array.from({ length: count - 1 }, () => limiterAt(t, url, prefix))
  return [await limiterAt(t, url, prefix), ...(await Promise.all(more))]
})

test('a frozen Redis costs the deadline once, then nothing, and each replica allows its share', async t => {
  const redis = await privateRedis(t)
  const limiter = await limiterAt(t, redis.url, 'x:', 1_000)
  redis.pause()
  const startMs = performance.now()
  assert.equal(await takeMany(limiter, 'a', 50), 5)
  assert.ok(performance.now() - startMs >= 990, 'the first takes waited')
  assert.equal(await atOnce(takeMany(limiter, 'b', 50)), 5, 'the next ones did not')
  redis.resume()
  const isCounted = async () => {
    await limiter.take('c', 1, slow)
    return otherClient(t, redis.url).exists('x:limit:c')
  }
  await eventually(isCounted, { ms: 20_000, everyMs: 200, what: 'Redis to be asked again' })
})

test('an absent Redis never fails open, never rejects, and is used when it comes', async t => {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const limiter = createLimiter({ url, prefix: 'x:', replicas: () => 4, onError })
  t.after(() => limiter.close())
  assert.equal(await takeMany(limiter, 'a', 50), 2)
  await privateRedis(t, { port })
  const isCounted = async () => {
    await limiter.take('b', 1, slow)
    return otherClient(t, url).exists('x:limit:b')
  }
  await eventually(isCounted, { everyMs: 100, what: 'Redis to be asked' })
})

test('a key lasts no longer than its bucket needs to be full again', async t => {
  const { url, prefix } = await freshRedis(t)
  const limiter = await limiterAt(t, url, prefix)
  await limiter.take('a', 2, slow)
  const leftMs = await otherClient(t, url).pttl(`${prefix}limit:a`)
  assert.ok(leftMs > 2_000 && leftMs <= 12_001)
})
