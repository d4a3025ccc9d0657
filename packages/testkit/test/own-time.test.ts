// The watch by which tests judge our own timers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { atOnce, ownTime } from '../src/index.ts'

test('a watch counts what was waited for, and not what the process was kept from', async () => {
  const waitedMs = ownTime()
  await setTimeout(200)
  const restedMs = waitedMs()
  assert.ok(restedMs > 20, `${restedMs} ms`)
  const untilMs = performance.now() + 400
  while (performance.now() < untilMs);
  assert.ok(waitedMs() - restedMs <= 31, `${waitedMs() - restedMs} ms of a stall of 400`)
})

test('what needs no turn of the event loop is there at once', async () => {
  assert.equal(await atOnce(Promise.resolve(1).then(one => one + 1)), 2)
  assert.equal(await atOnce(setTimeout(0, 'late')), 'later')
  await assert.rejects(atOnce(Promise.reject(new Error('failed'))), /failed/)
})
