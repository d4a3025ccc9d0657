// What a soak says of memory: slopes with their intervals, of one life at a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthOf } from './soak/growth.ts'
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
