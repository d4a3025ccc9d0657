// Redis in a container: it serves, and is gone afterwards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { startContainer } from '../../src/redis/container.ts'

test('a Redis in a container answers, and `close` removes it', async () => {
  const container = await startContainer()
  assert.ok(container, 'no Docker, or no image of Redis: deploy/airgap/build.sh makes one')
  const redis = new Redis(container.url, { retryStrategy: null })
  redis.on('error', () => {})
  assert.equal(await redis.ping(), 'PONG')
  redis.disconnect()
  await container.close()
  const again = new Redis(container.url, { lazyConnect: true, retryStrategy: null })
  again.on('error', () => {})
  await assert.rejects(again.connect())
})
