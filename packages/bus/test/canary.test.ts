// Silence is judged by the clock that the test gives.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Canary, CanaryWatch, decodeCanary, encodeCanary } from '../src/canary.ts'

const beat = (instance: string, count: number): Canary => ({ kind: 'beat', instance, replicaId: instance, count })

test('a canary survives the wire, and other bytes are no canary', () => {
  assert.deepEqual(decodeCanary(encodeCanary(beat('me', 3))), beat('me', 3))
  for (const text of ['', 'x', '[]', 'null', '{}', '{"kind":"other","instance":"a","replicaId":"b","count":1}']) {
    assert.equal(decodeCanary(Buffer.from(text)), undefined)
  }
})

test('the own canary is heard for 750 ms, and no longer', () => {
  const watch = new CanaryWatch('me', 750)
  assert.equal(watch.isHeard(0), false)
  watch.hear(beat('me', 1), 1_000)
  assert.deepEqual([watch.isHeard(1_750), watch.isHeard(1_751)], [true, false])
  watch.hear(beat('me', 2), 2_000)
  watch.forgetOwn()
  assert.equal(watch.isHeard(2_001), false)
})

test('while the own canary is missing no peer is blamed, and afterwards each is given its time again', () => {
  const watch = new CanaryWatch('me', 750)
  watch.hear(beat('me', 1), 0)
  watch.hear(beat('peer', 1), 0)
  assert.deepEqual(watch.silentPeers(5_000), [])
  assert.equal(watch.hear(beat('peer', 9), 5_000), undefined)
  watch.hear(beat('me', 2), 5_010)
  assert.equal(watch.hear(beat('peer', 12), 5_100), undefined)
  assert.deepEqual(watch.silentPeers(5_700), [])
  watch.hear(beat('me', 3), 5_600)
  assert.deepEqual(watch.silentPeers(5_851), [{ replicaId: 'peer', reason: 'silent' }])
  assert.deepEqual(watch.silentPeers(5_852), [])
})
