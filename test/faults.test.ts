// The table of faults judges itself: a row that proves nothing fails, and so does a control that finds nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noViolations } from '@goftegu/testkit'
import { controlLine, faultLine } from './faults/report.ts'
import type { Result } from './faults/row.ts'
import { type controls, rows } from './faults/rows.ts'

const row = rows[0]!
const clean: Result = {
  ...{ counts: noViolations, acknowledged: 100, behindMs: [20, 10, 30], unavailableMs: 5 },
  ...{ evidence: [], broken: [], figures: {} },
}
const lossy = { ...clean, counts: { ...noViolations, lost: 1 } }
const isRowFine = (result: Result) => faultLine(row, { runs: 1, seed: 1 }, result).isAsExpected

test('a row is fine where nothing was lost of something', () => {
  assert.ok(isRowFine(clean))
  for (const bad of [
    lossy,
    { ...clean, counts: { ...noViolations, leaked: 1 } },
    { ...clean, acknowledged: 0 },
    { ...clean, evidence: ['somebody never caught up'] },
    { ...clean, broken: ['a send elsewhere waited'] },
  ]) {
    assert.equal(isRowFine(bad), false, JSON.stringify(bad))
  }
})

test('a control is fine where it finds the harm that it is there for', () => {
  const isControlFine = (finds: (typeof controls)[number]['finds'], result: Result) =>
    controlLine({ row, sabotage: 'no-keys', finds, runs: 1 }, 1, result).isAsExpected
  assert.ok(isControlFine(['lost'], lossy))
  assert.ok(isControlFine(['broken'], { ...clean, broken: ['a send elsewhere waited'] }))
  assert.equal(isControlFine(['lost'], clean), false)
  assert.equal(isControlFine(['lost'], { ...clean, evidence: ['it did not start'] }), false)
  assert.equal(isControlFine(['duplicated', 'broken'], lossy), false)
})

test('times are told by their quantiles, and every row has words of its own', () => {
  assert.deepEqual(faultLine(row, { runs: 3, seed: 1 }, clean).behindMs, { p50: 20, p99: 30, max: 30 })
  assert.equal(new Set(rows.map(({ fault }) => fault)).size, rows.length)
})
