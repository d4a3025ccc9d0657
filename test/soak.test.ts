// What a soak says: slopes of memory with their intervals, what is left over, and whether all of it was as promised.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { added, type Findings, isClean, nothingFound } from './replicas/findings.ts'
import { growthOf } from './soak/growth.ts'
import { leftoversOf } from './soak/leftovers.ts'
import type { Sample } from './soak/samples.ts'
import { slopeOf, studentQuantile } from './soak/slope.ts'

test("Student's quantiles are those of the tables", () => {
  for (const [freedom, table] of [
    [3, 3.182],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [100, 1.984],
  ] as const) {
    const off = Math.abs(studentQuantile(freedom) / table - 1)
    assert.ok(off < 0.005, `${studentQuantile(freedom)} for ${freedom} instead of ${table}`)
  }
})

test('a slope has the interval that a textbook computes', () => {
  // Residuals +1, −1, 0, −1, +1 about 3 + 2x: s² = 4/3, and the sum of squares about the mean of x is 10.
  const points = [1, -1, 0, -1, 1].map((noise, n) => ({ atHours: n, value: 3 + 2 * n + noise }))
  const { perHour, low, high } = slopeOf(points)!
  const margin = 3.182 * Math.sqrt(4 / 3 / 10)
  assert.ok(Math.abs(perHour - 2) < 1e-9)
  assert.ok(Math.abs(high - perHour - margin) < 0.01 * margin, `${low} to ${high}, not ± ${margin}`)
  assert.equal(slopeOf(points.slice(1)), null, 'too few to say anything')
})

/** Two hours, a sample every minute, of a process that was restarted after 30 minutes. */
function samplesOf(residentAt: (hours: number) => number): Sample[] {
  return Array.from({ length: 120 }, (_, n) => {
    const figures = { 'resident MiB': residentAt(n / 60) + (n % 2) }
    return { process: 'API', life: n < 30 ? 'first' : 'second', atHours: n / 60, figures }
  })
}

test('a leak is found, and told from noise, in the longest life', () => {
  const [leaking] = growthOf(samplesOf(hours => 100 + 6 * hours))
  assert.ok(leaking?.slope)
  assert.ok(leaking.slope.low > 5 && leaking.slope.high < 7, JSON.stringify(leaking))
  const [restless] = growthOf(samplesOf(hours => (hours < 0.5 ? 300 : 100)))
  assert.ok(restless?.slope)
  assert.ok(restless.slope.low < 0 && restless.slope.high > 0, JSON.stringify(restless))
  assert.ok(restless.first < 102, 'the first life is not in it')
})

test('what is held after everybody has left is left over, and what comes and goes by itself is not', () => {
  const sample = (process: string, figures: Record<string, number>): Sample => ({
    process,
    life: '',
    atHours: 0,
    figures,
  })
  const gateway = (of: Record<string, number> = {}) =>
    sample('gateway 1', { sockets: 0, rooms: 0, 'file descriptors': 28, 'database connections': 2, ...of })
  const redis = (subscriptions: number) => sample('Redis', { subscriptions, 'used MiB': subscriptions })
  const before = [gateway(), redis(6)]
  const left = (...after: Sample[]) => leftoversOf({ before, after })
  assert.deepEqual(left(gateway({ 'heap used MiB': 90 }), redis(6)), [])
  assert.deepEqual(left(gateway({ 'file descriptors': 30, 'database connections': 4 }), redis(5)), [])
  assert.deepEqual(left(gateway({ rooms: 1, sockets: 2 }), redis(6)), [
    'gateway 1 holds 2 sockets, and held 0',
    'gateway 1 holds 1 rooms, and held 0',
  ])
  assert.deepEqual(left(gateway({ 'file descriptors': 29 }), redis(7)), [
    'gateway 1 holds 27 file descriptors, and held 26',
    'Redis holds 7 subscriptions, and held 6',
  ])
  assert.deepEqual(left(redis(6)), ['gateway 1 does not answer'])
})

test('an answer that is none of the contract is no success, nor is a reload where no history ended', () => {
  const fine: Findings = { ...nothingFound, crowds: 1, volume: { ok: 9, fail: 0, unknown: 0, handed: 9 } }
  const both = (more: Partial<Findings>) => added(fine, { ...nothingFound, ...more })
  const kept = (findings: Findings) => [isClean(findings, { mayReload: false }), isClean(findings, { mayReload: true })]
  assert.deepEqual(kept(both({ remarks: { 'sockets that fell silent': 2 } })), [true, true])
  assert.deepEqual(kept(both({ resyncs: 1 })), [false, true])
  assert.deepEqual(kept(both({ unexpected: { '500 {}': 1 } })), [false, false])
  assert.deepEqual(kept(both({ unsettled: 1 })), [false, false])
  assert.deepEqual(kept(both({ counts: { ...nothingFound.counts, leaked: 1 } })), [false, false])
  assert.deepEqual(kept(nothingFound), [false, false])
})
