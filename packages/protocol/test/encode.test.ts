// What is encoded is what every gateway reads from the header and every socket from the JSON.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Value } from 'typebox/value'
import {
  type Change,
  decodeHeader,
  encode,
  encodeFrame,
  eventBytes,
  headerBytes,
  type Level,
  levelTypes,
  numberedTypes,
  serverEvents,
} from '../src/index.ts'

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const seq = fc.maxSafeNat()
const text = fc.string({ unit: 'grapheme' })
const timestamp = fc.constant('2025-01-02T03:04:05.678Z')
const user = fc.record({ id, username: text, profile_picture: fc.option(text) })
const role = fc.constantFrom('owner' as const, 'admin' as const, 'member' as const)
const attachment = fc.record({ id, message: id, file: text, uploaded_at: timestamp })

const is = <T extends string>(type: T) => fc.constant(type)
const about = { seq, changed_seq: seq }

/** Each event with its position and subject, as the header must tell them. */
const cases = fc.oneof(
  fc
    .record(
      {
        type: is('new_message'),
        ...about,
        client_id: text,
        message: fc.record({ id, sender: user, content: text, timestamp }),
      },
      { requiredKeys: ['type', 'seq', 'changed_seq', 'message'] },
    )
    .map(event => ({ event, position: event.seq, subject: event.message.id })),
  fc
    .record({ type: is('message_edited'), ...about, message: fc.record({ id, content: text }) })
    .map(event => ({ event, position: event.seq, subject: event.message.id })),
  fc
    .record({ type: is('message_deleted'), ...about, message_id: id })
    .map(event => ({ event, position: event.seq, subject: event.message_id })),
  fc
    .record({ type: is('attachment_added'), ...about, message_id: id, attachment: fc.option(attachment) })
    .map(event => ({ event, position: event.seq, subject: event.message_id })),
  fc
    .record({ type: is('participant_added'), seq, user, role })
    .map(event => ({ event, position: event.seq, subject: event.user.id })),
  fc
    .record({ type: is('participant_removed'), seq, user_id: id })
    .map(event => ({ event, position: event.seq, subject: event.user_id })),
  fc
    .record({ type: is('participant_changed'), seq, user_id: id, role })
    .map(event => ({ event, position: event.seq, subject: event.user_id })),
  fc
    .record({ type: is('conversation_renamed'), seq, title: text })
    .map(event => ({ event, position: event.seq, subject: 0 })),
  fc
    .record({ type: is('user_typing'), user, is_typing: fc.boolean() })
    .map(event => ({ event, position: 0, subject: event.user.id })),
  fc
    .record({ type: is('read_updated'), user_id: id, read_seq: seq })
    .map(event => ({ event, position: event.read_seq, subject: event.user_id })),
)
const epoch = fc.stringMatching(/^[0-9a-f]{16}$/)

test('every event comes back from its bytes, and its header says what is in it', () => {
  const met = new Set<string>()
  fc.assert(
    fc.property(cases, epoch, ({ event, position, subject }, epoch) => {
      assert.ok(Value.Check(serverEvents[event.type], event), 'the generated event is one of the contract')
      met.add(event.type)
      const bytes = encode({ conversation_id: 1, epoch, event } as Change | Level)
      assert.deepEqual(JSON.parse(eventBytes(bytes).toString()), JSON.parse(JSON.stringify(event)))
      assert.deepEqual(decodeHeader(bytes), {
        kind: event.type,
        isNumbered: numberedTypes.some(type => type === event.type),
        isTyping: event.type === 'user_typing' && event.is_typing,
        epoch,
        seq: position,
        subject,
      })
    }),
    { numRuns: 500 },
  )
  assert.deepEqual([...met].sort(), [...numberedTypes, ...levelTypes].sort())
})

test('bytes that are none of ours have no header', () => {
  const bytes = encode({
    conversation_id: 1,
    epoch: '0011223344556677',
    event: { type: 'read_updated', user_id: 1, read_seq: 2 },
  })
  assert.ok(decodeHeader(bytes))
  assert.equal(decodeHeader(bytes.subarray(0, headerBytes - 1)), null)
  assert.equal(decodeHeader(Buffer.alloc(0)), null)
  assert.equal(decodeHeader(Buffer.concat([Buffer.from([2]), bytes.subarray(1)])), null, 'another version')
  assert.equal(decodeHeader(Buffer.concat([Buffer.from([1, 200]), bytes.subarray(2)])), null, 'an unknown kind')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), noise => {
      decodeHeader(Buffer.from(noise))
    }),
  )
})

test('a frame for one socket is plain JSON', () => {
  assert.equal(encodeFrame({ type: 'pong' }).toString(), '{"type":"pong"}')
})
