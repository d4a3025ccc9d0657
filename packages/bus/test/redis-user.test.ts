// A user of Redis who may do no more than docs/operations.md grants.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { privateRedis } from '@goftegu/testkit'
import { createBroker, createLimiter } from '../src/index.ts'

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8').replaceAll('\n', ' ')
const [, rights = ''] = /Users need `(\+[^`]+)`/.exec(page) ?? []

test('the rights that the handbook names are enough for broker and limiter', async t => {
  assert.match(rights, /\+@pubsub/)
  const redis = await privateRedis(t, { config: [`user chat on >secret ~goftegu:* &goftegu:* -@all ${rights}`] })
  const url = redis.url.replace('//', '//chat:secret@')
  const errors: string[] = []
  const place = { url, prefix: 'goftegu:', onError: (error: Error) => errors.push(error.message) }
  const broker = createBroker({ ...place, replicaId: 'a' })
  t.after(() => broker.close())
  await broker.start()
  assert.equal(broker.state, 'heard')
  assert.equal(await broker.subscribe(['conv:{1}:1']), 'subscribed')
  assert.equal(await broker.publish('conv:{1}:1', Buffer.from('hello')), 'published')
  await broker.unsubscribe(['conv:{1}:1'])
  const limiter = createLimiter({ ...place, replicas: () => 1 })
  t.after(() => limiter.close())
  await limiter.take('a', 1, { limit: 10, windowMs: 60_000 })
  assert.deepEqual(errors, [])
})
