// How often the database is asked when many ask.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { SharedQuery } from '../src/shared-query.ts'

function shared(options: { paceMs?: number; concurrency?: number; mostCost?: number; fails?: boolean } = {}) {
  const queries: { asks: readonly number[]; atMs: number }[] = []
  const query = new SharedQuery<number, number>({
    ...{ paceMs: 30, concurrency: 4, mostCost: 100, costOf: () => 1, ...options },
    run: async asks => {
      queries.push({ asks, atMs: performance.now() })
      await delay(1)
      if (options.fails) throw new Error('no')
      return asks.map(ask => ask * 10)
    },
  })
  return { query, queries }
}

suite('a shared query', () => {
  test('the first begins at once; who comes while it is new shares the next, and each gets its own answer', async () => {
    const { query, queries } = shared({ concurrency: 1 })
    const answers = Promise.all(Array.from({ length: 50 }, (_, i) => query.ask(i)))
    assert.equal(queries.length, 1)
    assert.deepEqual(
      await answers,
      Array.from({ length: 50 }, (_, i) => i * 10),
    )
    assert.deepEqual(
      queries.map(({ asks }) => asks.length),
      [1, 49],
    )
    // A timer may be a millisecond early.
    assert.ok(queries[1]!.atMs - queries[0]!.atMs >= 29)
  })

  test('a query holds no more than fits, and an ask that is larger goes alone', async () => {
    const { query, queries } = shared({ paceMs: 1, concurrency: 1, mostCost: 10 })
    await Promise.all(Array.from({ length: 26 }, (_, i) => query.ask(i)))
    assert.deepEqual(
      queries.map(({ asks }) => asks.length),
      [1, 10, 10, 5],
    )
    const large = shared({ paceMs: 1, concurrency: 1, mostCost: 0 })
    await Promise.all([1, 2, 3].map(ask => large.query.ask(ask)))
    assert.equal(large.queries.length, 3)
  })

  test('a failure reaches all who shared it, and the next one is asked as ever', async () => {
    const { query, queries } = shared({ fails: true })
    const outcomes = await Promise.allSettled([1, 2, 3].map(ask => query.ask(ask)))
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    await assert.rejects(query.ask(4), /no/)
    assert.equal(queries.flatMap(({ asks }) => asks).length, 4)
  })
})
