// The README's table of faults is what the last whole run found, and nothing in it may be against the promise.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withFaultsTable } from '../scripts/faults-table.ts'
import { readDocument } from './documents/markdown.ts'
import type { Report } from './faults/report.ts'
import { controls, rows } from './faults/rows.ts'
import { sabotages } from './faults/sabotage.ts'

const report: Report = JSON.parse(readDocument('docs/faults.json'))

test('the table is up to date with docs/faults.json', () => {
  const text = readDocument('README.md')
  assert.equal(text, withFaultsTable(text, report), 'run: npm run docs')
})

test('it holds every fault and every control that there is', () => {
  const again = 'run: npm run test:faults'
  assert.deepEqual(
    report.faults.map(({ fault }) => fault),
    rows.map(({ fault }) => fault),
    again,
  )
  assert.deepEqual(
    report.controls.map(({ fault, without }) => `${fault}, ${without}`),
    controls.map(({ row, sabotage }) => `${row.fault}, ${sabotages[sabotage]}`),
    again,
  )
})

test('every fault does no harm, and every control is found', () => {
  const others = [...report.faults, ...report.controls].filter(({ isAsExpected }) => !isAsExpected)
  assert.deepEqual(others, [])
})
