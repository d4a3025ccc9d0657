// The line before the door, by a clock of the test's own.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { suite, type TestContext, test } from 'node:test'
import type { ChatError } from '@goftegu/protocol'
import { Admission } from '../src/admission.ts'

const limits = { upgradesPerSecond: 50, upgradeBurst: 10, upgradeWaitMs: 2_000 }
/** What is let in after the burst. */
const sustainedPerSecond = 40
/** That rate × wait. */
const lineLength = 80
const sharePerUser = 10

type Arrival = { socket: EventEmitter; admittedMs: number | null; refusal: ChatError | null }

/** Nothing here waits: `tick` moves the clock, and lets what became due happen. */
function door(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const admission = new Admission(limits, () => Date.now())
  const settled = async () => {
    for (let i = 0; i < 5; i++) await Promise.resolve()
  }
  const arrive = (userId: number): Arrival => {
    const arrival: Arrival = { socket: new EventEmitter(), admittedMs: null, refusal: null }
    admission.enter({ userId, socket: arrival.socket }).then(
      () => {
        arrival.admittedMs = Date.now()
      },
      (error: ChatError) => {
        arrival.refusal = error
      },
    )
    return arrival
  }
  const tick = async (ms: number) => {
    for (let i = 0; i < ms; i++) {
      t.mock.timers.tick(1)
      await settled()
    }
  }
  return { admission, arrive, tick, settled }
}

suite('admission', () => {
  test('a crowd of 300: no second has more than the rate, the line keeps its order, the rest is refused', async t => {
    const { arrive, tick, admission } = door(t)
    const crowd = Array.from({ length: 300 }, (_, i) => arrive(i))
    assert.equal(admission.waiting, lineLength)
    await tick(2_500)
    const admitted = crowd.map(({ admittedMs }) => admittedMs).filter(atMs => atMs !== null)
    assert.equal(admitted.length, limits.upgradeBurst + lineLength)
    assert.deepEqual(
      admitted,
      admitted.toSorted((a, b) => a - b),
    )
    for (const from of admitted) {
      const within = admitted.filter(atMs => atMs >= from && atMs < from + 1_000).length
      assert.ok(within <= limits.upgradesPerSecond, `${within} in one second`)
    }
    assert.ok(Math.max(...admitted) - Math.min(...admitted) <= limits.upgradeWaitMs)
  })

  test('each who is refused is sent away for longer than the one before, as the rate asks for', async t => {
    const { arrive, settled } = door(t)
    const crowd = Array.from({ length: 300 }, (_, i) => arrive(i))
    await settled()
    const seconds = crowd.flatMap(({ refusal }) => refusal?.retryAfterSeconds ?? [])
    const counts = Map.groupBy(seconds, second => second)
    assert.deepEqual([...counts.keys()], [1, 2, 3, 4, 5, 6])
    for (const second of [1, 2, 3]) assert.equal(counts.get(second)!.length, sustainedPerSecond)
    for (let i = 0; i < 4_000; i++) arrive(1_000 + i)
    await settled()
    const late = arrive(1)
    await settled()
    assert.equal(late.refusal?.retryAfterSeconds, 60)
  })

  test('who goes away gives the place up, and those behind come sooner', async t => {
    for (const event of ['end', 'close']) {
      const { arrive, tick, settled, admission } = door(t)
      const crowd = Array.from({ length: limits.upgradeBurst + 50 }, (_, i) => arrive(i))
      await settled()
      for (const gone of crowd.slice(limits.upgradeBurst, -1)) gone.socket.emit(event)
      assert.equal(admission.waiting, 1)
      await tick(25)
      assert.ok(crowd.at(-1)!.admittedMs !== null)
      assert.deepEqual(crowd.at(-1)!.socket.eventNames(), [])
      t.mock.timers.reset()
    }
  })

  test('one user cannot fill the line', async t => {
    const { arrive, settled, admission } = door(t)
    for (let i = 0; i < 200; i++) arrive(1)
    await settled()
    assert.equal(admission.waiting, sharePerUser)
    const other = arrive(2)
    await settled()
    assert.equal(other.refusal, null)
    assert.equal(admission.waiting, sharePerUser + 1)
  })

  test('when it closes, everybody in line hears that this replica stops', async t => {
    const { arrive, settled, admission } = door(t)
    const crowd = Array.from({ length: 20 }, (_, i) => arrive(i))
    await settled()
    admission.close()
    await settled()
    assert.deepEqual(
      crowd.map(({ refusal }) => refusal?.code ?? null),
      crowd.map((_, i) => (i < limits.upgradeBurst ? null : 'draining')),
    )
  })
})
