// Redis: shared under a prefix, or one of the test's own that can fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { type Cleanup, eventually, freshRedis, privateRedis, within } from '../src/index.ts'

function connect(t: Cleanup, url: string): Redis {
  // disconnectTimeout: ioredis would wait 2 s for the end of a connection whose server is already gone.
  const redis = new Redis(url, { commandTimeout: 300, retryStrategy: () => 20, disconnectTimeout: 50 })
  redis.on('error', () => {})
  t.after(() => redis.disconnect())
  return redis
}

test('two tests share a Redis under two prefixes, and leave nothing behind', async t => {
  const before = await freshRedis(t)
  await t.test('one that stores', async t => {
    const { url, prefix } = await freshRedis(t)
    assert.notEqual(prefix, before.prefix)
    await connect(t, url).set(`session:{${prefix}1}`, 'x')
    t.after(() => assert.notEqual(prefix, ''))
  })
  assert.deepEqual(await connect(t, before.url).keys('session:{test-*'), [])
})

test('a private Redis can be frozen, killed and started again on its port', async t => {
  const server = await privateRedis(t)
  const redis = connect(t, server.url)
  await redis.set('a', '1')
  server.pause()
  await assert.rejects(redis.get('a'), /timed out/i)
  server.resume()
  assert.equal(await within(redis.get('a'), 1_000, 'an answer'), '1')
  await server.kill()
  assert.equal(server.isRunning, false)
  await server.startAgain()
  assert.equal(await eventually(async () => (await redis.exists('a')) === 0), true)
})

test('a frozen Redis can be stopped', async t => {
  const server = await privateRedis(t)
  server.pause()
  await within(server.restart(), 5_000, 'a restart')
  assert.equal(await connect(t, server.url).ping(), 'PONG')
})

test('Sentinel and Cluster can be set up', async t => {
  const main = await privateRedis(t)
  const sentinel = await privateRedis(t, {
    args: ['--sentinel'],
    config: [`sentinel monitor main 127.0.0.1 ${main.port} 1`],
  })
  const address = await connect(t, sentinel.url).call('sentinel', 'get-master-addr-by-name', 'main')
  assert.deepEqual(address, ['127.0.0.1', String(main.port)])
  const node = await privateRedis(t, { config: ['cluster-enabled yes'] })
  assert.match(String(await connect(t, node.url).call('cluster', 'info')), /cluster_enabled:1|cluster_state/)
})

test('a Redis that cannot start says why', async t => {
  await assert.rejects(privateRedis(t, { config: ['no-such-setting 1'] }), /Bad directive|no-such-setting/)
})
