// Round trips of canaries: measured each, and bounded in number.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RoundTrips } from '../src/round-trips.ts'

test('a canary is measured also when others were sent meanwhile; a lost one is forgotten', () => {
  const trips = new RoundTrips()
  trips.begin(1, 100)
  trips.begin(2, 350)
  trips.begin(3, 600)
  assert.equal(trips.end(2, 700), 350)
  assert.equal(trips.end(1, 710), undefined)
  assert.equal(trips.end(3, 720), 120)
  assert.equal(trips.end(3, 730), undefined)
})

test('what a frozen Redis owes is not kept for ever', () => {
  const trips = new RoundTrips()
  for (let count = 1; count <= 1_000; count++) trips.begin(count, count)
  assert.equal(trips.end(1, 2_000), undefined)
  assert.equal(trips.end(1_000, 2_000), 1_000)
})
