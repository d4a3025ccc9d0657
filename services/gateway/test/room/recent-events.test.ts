// The memory of recent events: bounded, least recently used first, and never with deleted text.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeHeader, encode, type NumberedType, type ServerEvent } from '@goftegu/protocol'
import { payloadOf } from '../../src/frame.ts'
import { type RoomEvent, roomEvent } from '../../src/room/event.ts'
import { RecentEvents } from '../../src/room/recent-events.ts'

function eventOf(event: ServerEvent<NumberedType>): RoomEvent {
  const bytes = encode({ conversation_id: 1, epoch: '0123456789abcdef', event })
  return roomEvent(decodeHeader(bytes)!, bytes)
}

const sender = { id: 7, username: 'ann', profile_picture: null }
const message = (seq: number, content = `text ${seq}`) =>
  eventOf({
    type: 'new_message',
    seq,
    changed_seq: seq,
    message: { id: seq * 10, sender, content, timestamp: '2025-01-01T00:00:00Z' },
  })
const textOf = (events: RoomEvent[] | null) => events!.map(({ frame }) => payloadOf(frame).toString()).join('\n')

suite('recent events', () => {
  test('answer a run without holes, or nothing', () => {
    const recent = new RecentEvents({ maxBytes: 1e6, maxPerRoom: 3 })
    for (let seq = 5; seq <= 9; seq++) recent.add(1, message(seq))
    assert.deepEqual(
      recent.after(1, 6)!.map(({ seq }) => seq),
      [7, 8, 9],
    )
    assert.deepEqual(
      recent.after(1, 8)!.map(({ seq }) => seq),
      [9],
    )
    assert.deepEqual(recent.after(1, 9), [])
    assert.equal(recent.after(1, 5), null)
    assert.equal(recent.after(2, 0), null)
  })

  test('what passes by between two events takes no memory with it', () => {
    const recent = new RecentEvents({ maxBytes: 1e6, maxPerRoom: 1_000 })
    for (let seq = 1; seq <= 500; seq++) {
      recent.add(1, message(seq))
      for (let n = 0; n < 40; n++) Buffer.from(`an answer to somebody, which is gone soon ${n}`.repeat(5))
    }
    const kept = recent.after(1, 0)!.map(({ frame }) => frame)
    const held = [...new Set(kept.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0)
    const needed = kept.reduce((sum, { length }) => sum + length, 0)
    assert.ok(held < 2 * needed, `${needed} bytes are kept, and ${held} held for them`)
  })

  test('the room that was used least recently goes first, and the budget holds', () => {
    const recent = new RecentEvents({ maxBytes: 3_000, maxPerRoom: 100 })
    for (let room = 1; room <= 3; room++) recent.add(room, message(1))
    recent.after(1, 0)
    for (let seq = 2; seq <= 7; seq++) recent.add(3, message(seq))
    assert.ok(recent.bytes <= 3_000)
    assert.equal(recent.after(2, 0), null)
    for (const room of [1, 2, 3]) recent.forget(room)
    assert.equal(recent.bytes, 0)
  })

  test('a change rewrites what is remembered of its message, and of no other', () => {
    const recent = new RecentEvents({ maxBytes: 1e6, maxPerRoom: 100 })
    recent.add(1, message(1, 'SECRET'))
    recent.add(1, message(2, 'other'))
    recent.add(
      1,
      eventOf({ type: 'message_edited', seq: 3, changed_seq: 3, message: { id: 10, content: 'SECRET too' } }),
    )
    const attachment = { id: 4, message: 10, file: 'http://h/SECRET.png', uploaded_at: '2025-01-01T00:00:00Z' }
    recent.add(1, eventOf({ type: 'attachment_added', seq: 4, changed_seq: 4, message_id: 10, attachment }))
    assert.equal(textOf(recent.after(1, 0)).match(/"changed_seq":4/g)?.length, 3)
    const before = recent.bytes
    recent.add(1, eventOf({ type: 'message_deleted', seq: 5, changed_seq: 5, message_id: 10 }))
    const text = textOf(recent.after(1, 0))
    assert.ok(!text.includes('SECRET'))
    assert.ok(text.includes('other'))
    assert.equal(text.match(/"changed_seq":5/g)?.length, 4)
    assert.ok(recent.bytes < before + 400, 'what is rewritten is counted anew')
  })

  test('users and messages with the same number are told apart', () => {
    const recent = new RecentEvents({ maxBytes: 1e6, maxPerRoom: 100 })
    recent.add(1, eventOf({ type: 'participant_removed', seq: 1, user_id: 10 }))
    recent.add(1, eventOf({ type: 'message_deleted', seq: 2, changed_seq: 2, message_id: 10 }))
    assert.ok(textOf(recent.after(1, 0)).includes('{"type":"participant_removed","seq":1,"user_id":10}'))
  })
})
