// docs/scale.md is what its script computes, and the script computes what it claims to.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { costs, steps, withScaleTables } from '../scripts/scale.ts'
import { breakingPoints, installationsFor, type Limit, limits, needsOf, plan, traffic } from '../scripts/scale-model.ts'
import { proseOf, readDocument } from './documents/markdown.ts'

const page = readDocument('docs/scale.md')

suite('scale', () => {
  test('the page’s tables are up to date', () => {
    assert.equal(page, withScaleTables(page), 'run: npm run docs')
  })

  test('the page names every assumption', () => {
    const assumed = /\*\*Assumed\*\*.*/.exec(proseOf(page))![0]
    const named = (assumed.match(/\d+/g) ?? []).map(Number)
    const { messagesPerSocketAndDay, peakFactor, socketsInRoom, readsPerMessage } = traffic
    const { typingPerMessage, socketMinutes, requestsPerOpening } = traffic
    const inOrder = [
      messagesPerSocketAndDay,
      peakFactor,
      socketsInRoom,
      readsPerMessage,
      typingPerMessage,
      socketMinutes,
    ]
    assert.deepEqual(named, [...inOrder, requestsPerOpening])
  })

  test('by hand: 12 million messages a day from 300,000 sockets', () => {
    const needs = needsOf(300_000, costs)
    assert.equal(Math.round(needs.messagesPerSecond), 417) // 12 M / 86,400 s × 3
    assert.equal(Math.round(needs.deliveriesPerSecond), 417 * 5 * 4 - 7) // a message, 2 reads, 2 notices; 4 hear each
    assert.equal(needs.gateways, 30) // 10,000 each
    assert.equal(needs.used['PostgreSQL: connections'], (needs.gateways + needs.apis) * 18)
  })

  test('what costs twice as much takes twice as many', () => {
    const dearer = { ...costs, gatewayBytesPerSocket: 200_000 }
    const [before, after] = [
      needsOf(10_000_000, { ...dearer, gatewayBytesPerSocket: 100_000 }),
      needsOf(10_000_000, dearer),
    ]
    assert.ok(Math.abs(after.gateways / before.gateways - 2) < 0.01, 'where memory binds')
    const [slow, fast] = [2, 1].map(times =>
      needsOf(10_000_000, { ...costs, postgresCpuPerMessageAlone: costs.postgresCpuPerMessageAlone * times }),
    )
    assert.ok(slow!.postgresCores > 1.5 * fast!.postgresCores)
  })

  test('every step stays within every limit, with one installation fewer it would not', () => {
    for (const sockets of steps) {
      const count = installationsFor(sockets, costs)
      const exceeded = (of: number) => {
        const { used } = needsOf(sockets / of, costs)
        return (Object.keys(limits) as Limit[]).filter(limit => used[limit] > limits[limit])
      }
      assert.deepEqual(exceeded(count), [])
      if (count > 1) assert.notDeepEqual(exceeded(count - 1), [])
    }
  })

  test('a limit is met just where it is said to break, and the first is the one that binds', () => {
    const points = breakingPoints(costs)
    for (const { limit, sockets } of points) {
      assert.ok(needsOf(sockets, costs).used[limit] <= limits[limit])
      assert.ok(needsOf(sockets + 2 * plan.socketsPerGateway, costs).used[limit] > limits[limit], limit)
    }
    assert.equal(installationsFor(points[0]!.sockets, costs), 1)
    assert.equal(installationsFor(points[0]!.sockets + 2 * plan.socketsPerGateway, costs), 2)
  })

  test('the costs were measured, and nothing was lost meanwhile', () => {
    for (const [name, value] of Object.entries(costs)) {
      if (typeof value === 'number') assert.ok(name === 'lost' ? value === 0 : value > 0, `${name} is ${value}`)
    }
  })
})
