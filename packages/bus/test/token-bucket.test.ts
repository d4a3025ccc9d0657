// The bucket of one socket, by a clock that the test gives.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenBucket } from '../src/index.ts'

test('20 at once, then 10 a second', () => {
  let nowMs = 1_000
  const bucket = new TokenBucket({ limit: 10, windowMs: 1_000, burst: 20 }, () => nowMs)
  for (let taken = 0; taken < 20; taken += 1) assert.equal(bucket.take(), 0)
  assert.equal(bucket.take(), 100)
  nowMs += 99
  assert.equal(bucket.take(), 1)
  nowMs += 1
  assert.equal(bucket.take(), 0)
  assert.equal(bucket.take(5), 500)
  nowMs += 60_000
  for (let taken = 0; taken < 20; taken += 1) assert.equal(bucket.take(), 0)
  assert.equal(bucket.take(), 100)
})

test('over any time no more than the burst and the rate, whenever the takes come', () => {
  let nowMs = 0
  const bucket = new TokenBucket({ limit: 3, windowMs: 1_000, burst: 4 }, () => nowMs)
  let taken = 0
  for (; nowMs < 10_000; nowMs += 7) {
    if (bucket.take() === 0) taken += 1
  }
  assert.ok(taken <= 4 + 3 * 10 && taken >= 3 * 10)
})
