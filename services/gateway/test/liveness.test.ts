// Who is taken for dead, by a clock of the test's own.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { Liveness } from '../src/liveness.ts'

const pingIntervalMs = 25_000
const pongDeadlineMs = 10_000

/** A socket that is watched; `tick` moves the clock. */
function watched(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const seen = { pings: 0, isDead: false, isPaused: false }
  const liveness = new Liveness({
    ...{ pingIntervalMs, pongDeadlineMs },
    ping: () => seen.pings++,
    isPaused: () => seen.isPaused,
    dead: () => {
      seen.isDead = true
    },
  })
  const tick = (ms: number) => t.mock.timers.tick(ms)
  /** The first ping comes within the interval. */
  const untilPinged = () => {
    for (let ms = 0; seen.pings === 0 && ms <= pingIntervalMs; ms++) tick(1)
    assert.equal(seen.pings, 1)
  }
  return { liveness, seen, tick, untilPinged }
}

suite('liveness', () => {
  test('who does not answer within the deadline is dead, and not a millisecond sooner', t => {
    const { seen, tick, untilPinged } = watched(t)
    untilPinged()
    tick(pongDeadlineMs - 1)
    assert.equal(seen.isDead, false)
    tick(1)
    assert.equal(seen.isDead, true)
  })

  test('who answers is asked again an interval later, and stays', t => {
    const { liveness, seen, tick, untilPinged } = watched(t)
    untilPinged()
    for (let pings = 1; pings < 10; pings++) {
      assert.equal(seen.pings, pings)
      liveness.heard()
      tick(pongDeadlineMs)
      tick(pingIntervalMs - pongDeadlineMs)
    }
    assert.equal(seen.isDead, false)
  })

  test('what was heard before the ping is no answer', t => {
    const { liveness, seen, tick, untilPinged } = watched(t)
    liveness.heard()
    untilPinged()
    tick(pongDeadlineMs)
    assert.equal(seen.isDead, true)
  })

  test('a socket that is not being read is not judged until it is again', t => {
    const { seen, tick, untilPinged } = watched(t)
    untilPinged()
    seen.isPaused = true
    for (let i = 0; i < 5; i++) tick(pongDeadlineMs)
    assert.equal(seen.isDead, false)
    seen.isPaused = false
    tick(pongDeadlineMs)
    assert.equal(seen.isDead, true)
  })

  test('once it is stopped nobody is pinged or dead', t => {
    const { liveness, seen, tick } = watched(t)
    liveness.stop()
    for (let i = 0; i < 5; i++) tick(pingIntervalMs)
    assert.deepEqual([seen.pings, seen.isDead], [0, false])
  })
})
