// Announcing: encoded once, this process first, and never waiting for the bus.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeHeader, type Level } from '@goftegu/protocol'
import { conversationChannel, createAnnouncer } from '../src/index.ts'

const epoch = '0123456789abcdef'
const read: Level = { conversation_id: 7, epoch, event: { type: 'read_updated', user_id: 1, read_seq: 3 } }
const user = { id: 1, username: 'ann', profile_picture: null }
const typing: Level = { conversation_id: 7, epoch, event: { type: 'user_typing', user, is_typing: true } }

function announcing(outcome: 'published' | 'failed' | 'never') {
  const published: [channel: string, payload: Uint8Array][] = []
  const heard: [id: number, bytes: Buffer][] = []
  const publish = (channel: string, payload: Uint8Array) => {
    published.push([channel, payload])
    return outcome === 'never' ? new Promise<never>(() => {}) : Promise.resolve(outcome)
  }
  const announce = createAnnouncer({ broker: { publish }, local: (id, bytes) => heard.push([id, bytes]) })
  return { announce, published, heard }
}

suite('the announcer', () => {
  test('hands the same bytes to this process at once, and to the bus', () => {
    const { announce, published, heard } = announcing('never')
    announce([read, { ...read, conversation_id: 8 }])
    assert.deepEqual(
      heard.map(([id]) => id),
      [7, 8],
    )
    assert.deepEqual(
      published.map(([channel]) => channel),
      [7, 8].map(conversationChannel),
    )
    assert.equal(heard[0]![1], published[0]![1])
    assert.equal(decodeHeader(heard[0]![1])?.kind, 'read_updated')
  })

  test('a typing notice, which has no number, is heard once: over the bus, or else at once', async () => {
    const [works, fails] = [announcing('published'), announcing('failed')]
    for (const { announce } of [works, fails]) announce([typing])
    await Promise.resolve()
    assert.equal(works.heard.length, 0)
    assert.equal(fails.heard.length, 1)
  })
})
