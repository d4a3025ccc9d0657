// What failed is remembered until it was made up for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MissedChannels } from '../src/missed-channels.ts'

test('a nudge that fails is remembered again, and ends the run', async () => {
  const missed = new MissedChannels()
  missed.add('a')
  missed.add('b')
  missed.add('a')
  const nudged: string[] = []
  const nudge = async (channel: string) => {
    nudged.push(channel)
    return channel === 'b' && nudged.length === 2 ? 'failed' : 'published'
  }
  const overflow = async () => assert.fail('nothing overflowed')
  await missed.makeUp({ nudge, overflow })
  assert.equal(missed.isEmpty, false)
  await missed.makeUp({ nudge, overflow })
  assert.deepEqual([nudged, missed.isEmpty], [['a', 'b', 'b'], true])
})

test('beyond the capacity one word replaces all nudges, and is repeated until it is out', async () => {
  const missed = new MissedChannels(2)
  for (const channel of ['a', 'b', 'c', 'd']) missed.add(channel)
  const nudge = async () => assert.fail('a nudge after an overflow')
  await missed.makeUp({ nudge, overflow: async () => 'failed' })
  assert.equal(missed.isEmpty, false)
  await missed.makeUp({ nudge, overflow: async () => 'published' })
  assert.equal(missed.isEmpty, true)
})

test('what is handed over goes where it belongs, and an overflow to all', async () => {
  const [from, left, right] = [new MissedChannels(2), new MissedChannels(), new MissedChannels()]
  for (const channel of ['left', 'nowhere']) from.add(channel)
  const heirs: Record<string, MissedChannels> = { left }
  from.handOver(channel => heirs[channel], [left, right])
  assert.deepEqual([left.isEmpty, right.isEmpty, from.isEmpty], [false, true, false])
  for (const channel of ['a', 'b', 'c']) from.add(channel)
  from.handOver(channel => heirs[channel], [left, right])
  assert.deepEqual([left.isEmpty, right.isEmpty, from.isEmpty], [false, false, true])
})
