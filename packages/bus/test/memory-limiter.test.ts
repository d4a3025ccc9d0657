// The limiter's promises, kept in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLimiter } from '../src/index.ts'
import { MemoryLimiter } from '../src/memory-limiter.ts'
import { limiterContract } from './limiter-contract.ts'

limiterContract('memory', async () => [createLimiter({ prefix: '', replicas: () => 1, onError: () => undefined })])

test('full buckets are forgotten, and beyond the bound the oldest', async () => {
  let nowMs = 0
  const limiter = new MemoryLimiter(10, () => nowMs)
  const rate = { limit: 1, windowMs: 1_000 }
  for (let key = 0; key < 100; key += 1) await limiter.take(`a${key}`, 1, rate)
  assert.equal(limiter.size, 10)
  assert.equal((await limiter.take('a99', 1, rate)).allowed, false)
  nowMs = 2_000
  for (let key = 0; key < 10; key += 1) await limiter.take(`b${key}`, 1, { limit: 1_000, windowMs: 1_000 })
  nowMs = 3_000
  await limiter.take('c', 1, rate)
  assert.ok(limiter.size <= 10)
})
