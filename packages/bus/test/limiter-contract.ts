// What every limiter promises: run by each engine's own test file.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Limiter } from '../src/index.ts'

/** The suite. `createLimiters` gives as many limiters as asked for, that count together; closed after the test. */
export function limiterContract(
  engine: string,
  createLimiters: (t: TestContext, count: number) => Promise<[Limiter, ...Limiter[]]>,
): void {
  const slow = { limit: 5, windowMs: 60_000 }

  test(`${engine}: the burst, then a refusal that says when`, async t => {
    const [limiter] = await createLimiters(t, 1)
    for (let taken = 0; taken < 5; taken += 1) assert.deepEqual(await limiter.take('a', 1, slow), { allowed: true })
    const refused = await limiter.take('a', 1, slow)
    assert.ok(!refused.allowed && refused.retryAfterMs > 2_000 && refused.retryAfterMs <= 12_000)
    assert.deepEqual(await limiter.take('b', 1, slow), { allowed: true })
  })

  test(`${engine}: after the wait it is allowed, and a refusal took nothing`, async t => {
    const [limiter] = await createLimiters(t, 1)
    // Slow enough that a busy machine asks all of it before the first one is due.
    const rate = { limit: 10, windowMs: 8_000, burst: 2 }
    await limiter.take('a', 2, rate)
    for (let refusals = 0; refusals < 10; refusals += 1) await limiter.take('a', 1, rate)
    const refused = await limiter.take('a', 1, rate)
    assert.ok(!refused.allowed && refused.retryAfterMs <= 800, JSON.stringify(refused))
    await new Promise(resolve => setTimeout(resolve, refused.retryAfterMs + 1))
    assert.deepEqual(await limiter.take('a', 1, rate), { allowed: true })
  })

  test(`${engine}: costs add up, and one above the burst counts as the burst`, async t => {
    const [limiter] = await createLimiters(t, 1)
    assert.deepEqual(await limiter.take('a', 3, slow), { allowed: true })
    assert.equal((await limiter.take('a', 3, slow)).allowed, false)
    assert.deepEqual(await limiter.take('a', 2, slow), { allowed: true })
    assert.deepEqual(await limiter.take('b', 100, slow), { allowed: true })
    assert.equal((await limiter.take('b', 1, slow)).allowed, false)
  })

  test(`${engine}: many at once, on all replicas together, get the burst and no more`, async t => {
    const limiters = await createLimiters(t, 2)
    const takes = Array.from({ length: 50 }, (_, index) => limiters[index % limiters.length]?.take('a', 1, slow))
    const allowances = await Promise.all(takes)
    assert.equal(allowances.filter(allowance => allowance?.allowed).length, 5)
  })

  test(`${engine}: a rate that allows nothing is refused as a mistake`, async t => {
    const [limiter] = await createLimiters(t, 1)
    for (const rate of [
      { limit: 0, windowMs: 1 },
      { limit: 1, windowMs: 0 },
      { limit: 1, windowMs: 1, burst: 0 },
    ]) {
      await assert.rejects(limiter.take('a', 1, rate), RangeError)
    }
  })
}
