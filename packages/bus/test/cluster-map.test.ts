// Maps of a cluster: which slot is whose, and which of two views is believed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newest, readMap } from '../src/cluster-map.ts'
import { conversationChannel } from '../src/index.ts'
import { slotOf, tagFor } from '../src/slots.ts'

const asked = { host: 'asked', port: 7000 }
const infoOf = (state: string, epoch: number) => `cluster_state:${state}\r\ncluster_current_epoch:${epoch}\r\n`

test('a map names the master of each slot, and everybody that can be asked', () => {
  const slots = [
    [5, 9, ['a', 1, 'id'], ['b', 2, 'id']],
    [0, 1, ['a', 1, 'id'], ['?', 3, 'id']],
    [10, 10, ['', 4, 'id']],
    [11, 11, [null, 5, 'id']],
  ]
  const map = readMap(infoOf('ok', 7), slots, asked)
  assert.ok(map)
  assert.deepEqual([map.isWell, map.epoch], [true, 7])
  assert.deepEqual(
    [0, 1, 2, 5, 9, 10, 11, 16_383].map(slot => map.owners[slot]),
    ['a:1', 'a:1', undefined, 'a:1', 'a:1', 'asked:4', 'asked:5', undefined],
  )
  assert.deepEqual(
    [...map.masters].map(([key, { lowestSlot }]) => [key, lowestSlot]),
    [
      ['a:1', 0],
      ['asked:4', 10],
      ['asked:5', 11],
    ],
  )
  assert.deepEqual([...new Set(map.nodes.map(({ port }) => port))], [1, 2, 4, 5])
  assert.equal(readMap(infoOf('fail', 1), [], asked), undefined)
})

test('a node that is alone is believed after one that is not, and an old view after a new one', () => {
  const slots = [[0, 16_383, ['a', 1, 'id']]]
  const [alone, old, recent] = [infoOf('fail', 9), infoOf('ok', 3), infoOf('ok', 4)].map(
    info => readMap(info, slots, asked)!,
  )
  assert.equal(newest([alone!, old!, recent!]), recent)
  assert.equal(newest([alone!, old!]), old)
  assert.equal(newest([alone!]), alone)
  assert.equal(newest([]), undefined)
})

test('slots are those of the hash tag, and every slot has a tag', () => {
  // Source of the numbers: CLUSTER KEYSLOT.
  assert.deepEqual(
    [slotOf('foo'), slotOf('x{foo}y'), slotOf('{}foo'), slotOf('123456789')],
    [12_182, 12_182, 9_500, 12_739],
  )
  assert.equal(slotOf(`prefix:${conversationChannel(5)}`), slotOf(conversationChannel(1_029)))
  for (const slot of [0, 1, 8_191, 16_383]) assert.equal(slotOf(`~canary:{${tagFor(slot)}}`), slot)
})
