// Whatever happens on the bus and to the database, each socket hears 1, 2, 3, … once.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { World } from './sequence-model.ts'

const position = fc.nat({ max: 1_000 })
const faults = [
  { weight: 6, arbitrary: fc.record({ type: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('arrive' as const), at: position }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('arrive_twice' as const), at: position }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('lose' as const), at: position }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('ask_head' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('ask_fill' as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('answer' as const), at: position }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('snapshot' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('attach' as const), at: position, back: fc.nat({ max: 5 }) }) },
]
const failOver = fc.record({ type: fc.constant('fail_over' as const), lost: fc.nat({ max: 6 }) })
const histories = fc.oneof(
  fc.array(fc.oneof(...faults), { maxLength: 80, size: 'max' }),
  fc.array(fc.oneof(...faults, { weight: 1, arbitrary: failOver }), { maxLength: 80, size: 'max' }),
)

/** Runs generated histories; returns what fast-check says of them. */
function check(options: { fills: boolean }, numRuns: number) {
  const property = fc.property(histories, history => {
    const world = new World(options)
    for (const step of history) world.take(step)
    world.quiesce()
    for (const socket of world.sockets) assert.deepEqual(socket.heard, world.expectationOf(socket))
  })
  return fc.check(property, { numRuns })
}

suite('the order of a room', () => {
  test('each socket hears every number once, in order, through every history', () => {
    const result = check({ fills: true }, 3_000)
    assert.ok(!result.failed, fc.defaultReportMessage(result))
  })

  test('control: without the filling of holes the same claim fails within 1,000 histories', () => {
    assert.ok(check({ fills: false }, 1_000).failed)
  })
})
