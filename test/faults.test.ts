// The table of faults judges itself: a row that proves nothing fails, and so does a control that finds nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, noViolations } from '@goftegu/testkit'
import { repeated } from './faults/repeated.ts'
import { controlLine, faultLine, untilFound } from './faults/report.ts'
import type { Result } from './faults/row.ts'
import { type controls, rows } from './faults/rows.ts'
import type { Crowd } from './replicas/crowd.ts'
import { withTurnover } from './replicas/turnover.ts'

const row = rows[0]!
/** The deed here asks for no crowd. */
const nobody = {} as Crowd
const clean: Result = {
  ...{ counts: noViolations, acknowledged: 100, behindMs: [20, 10, 30], unavailableMs: 5 },
  ...{ evidence: [], broken: [], figures: {}, removals: 0 },
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
    controlLine({ row, sabotage: 'no-keys', finds, runs: 1, tries: 1 }, { seed: 1, tries: 1 }, result).isAsExpected
  assert.ok(isControlFine(['lost'], lossy))
  assert.ok(isControlFine(['broken'], { ...clean, broken: ['a send elsewhere waited'] }))
  assert.equal(isControlFine(['lost'], clean), false)
  assert.equal(isControlFine(['lost'], { ...clean, evidence: ['it did not start'] }), false)
  assert.equal(isControlFine(['duplicated', 'broken'], lossy), false)
})

test('a control is tried again until its harm shows, and no more often than it may be', async () => {
  const control = { row, sabotage: 'no-keys', finds: ['lost'], runs: 2, tries: 3 } as const
  const triedOn = async (results: Result[]) => {
    const { result, tries } = await untilFound({ ...control, finds: ['lost'] }, async n => results[n]!)
    return { ...controlLine({ ...control, finds: ['lost'] }, { seed: 1, tries }, result), tries }
  }
  const first = await triedOn([lossy, clean, clean])
  assert.deepEqual([first.tries, first.runs, first.acknowledged, first.isAsExpected], [1, 2, 100, true])
  const second = await triedOn([clean, lossy, clean])
  assert.deepEqual([second.tries, second.runs, second.acknowledged, second.isAsExpected], [2, 4, 200, true])
  const never = await triedOn([clean, clean, clean, lossy])
  assert.deepEqual([never.tries, never.counts.lost, never.isAsExpected], [3, 0, false])
})

test('a deed that is done again and again fails with any of its times, and not with the last alone', async () => {
  let times = 0
  const { begin, end } = repeated(1, 5, () => {
    if (++times === 1) throw new Error('the first one did nothing')
  })
  await begin(nobody)
  await eventually(() => times > 3, { ms: 10_000, what: 'four deeds' })
  await assert.rejects(end(nobody), /the first one did nothing/)
})

test('somebody is removed while a fault lasts, never into a silence, and in any case by its end', async () => {
  /** What was done, in order; PostgreSQL answers as long as it is not away. */
  const doing = async ({ isHushed, isAway }: { isHushed: boolean; isAway: boolean }) => {
    const done: string[] = []
    let isOver = false
    const groups = {
      ...{ removals: 0, isSomebodyAway: true, invite: async () => done.push('invited') as never },
      removeOne: async () => {
        if (isAway && !isOver) throw new Error('PostgreSQL is away')
        done.push('removed')
        groups.removals += 1
        return true
      },
    }
    const end = async () => {
      isOver = true
      done.push('ended')
    }
    const { begin, end: endOf } = withTurnover({ begin: async () => void done.push('begun'), holdMs: 0, end }, groups)
    const crowd = { isHushed, patienceMs: 10_000 } as unknown as Crowd
    await begin(crowd)
    if (!isHushed) await eventually(() => done.includes('invited'), { ms: 10_000, what: 'one turn' })
    await endOf(crowd)
    return done
  }
  assert.deepEqual(await doing({ isHushed: false, isAway: false }), ['begun', 'removed', 'invited', 'ended'])
  assert.deepEqual(await doing({ isHushed: true, isAway: false }), ['begun', 'ended', 'removed', 'invited'])
  const later = ['begun', 'invited', 'ended', 'removed', 'invited']
  assert.deepEqual(await doing({ isHushed: false, isAway: true }), later)
})

test('times are told by their quantiles, and every row has words of its own', () => {
  assert.deepEqual(faultLine(row, { runs: 3, seed: 1 }, clean).behindMs, { p50: 20, p99: 30, max: 30 })
  assert.equal(new Set(rows.map(({ fault }) => fault)).size, rows.length)
})
