// The wire as the contract fixes it: frames held against samples, and against the protocol's closed schemas.
import assert from 'node:assert/strict'
import { type ServerEventType, type SocketFrameType, serverEvents, socketFrames } from '@goftegu/protocol'
import type { HeardType, SocketClient } from '@goftegu/testkit'
import { Compile } from 'typebox/compile'

const schemas = { ...serverEvents, ...socketFrames }
const validators = new Map(Object.entries(schemas).map(([type, schema]) => [type, Compile(schema)]))

/** Every frame that a socket heard is one of the protocol's, with no field too many or too few. */
export function assertWire(...sockets: SocketClient[]): void {
  for (const frame of sockets.flatMap(socket => socket.frames)) {
    const event: { type: string } = JSON.parse(frame)
    const validator = validators.get(event.type)
    assert.ok(validator, `no such type on the wire: ${frame}`)
    assert.deepEqual([...validator.Errors(event)], [], frame)
  }
}

/**
 * Makes sure that no event of this type is unread once a ping is answered: what was sent to this socket before comes
 * before. Whatever else is unread is read.
 */
export async function assertUnheard(socket: SocketClient, type: HeardType): Promise<void> {
  socket.send({ type: 'ping' })
  await socket.next('pong')
  const unwanted = socket.takeUnread().filter(event => event.type === type)
  assert.deepEqual(unwanted, [], 'heard what nobody should have sent')
}

/** The names and JSON types of a frame's fields, to any depth: what a sample of the contract fixes. */
export function shapeOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value
  if (Array.isArray(value)) return value.map(shapeOf)
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, field]) => [name, shapeOf(field)] as const)
      .sort(([a], [b]) => a.localeCompare(b)),
  )
}

type Samples = { [T in ServerEventType | SocketFrameType]: object }

const user = { id: 7, username: 'ann', profile_picture: null }

/** One frame of each type, as section 3 and 4 of the contract write them. Fields that may be absent are left out. */
export const samples: Samples = {
  new_message: {
    type: 'new_message',
    seq: 1,
    changed_seq: 1,
    message: { id: 1, sender: user, content: 'hello', timestamp: '2025-01-01T00:00:00.000Z' },
  },
  message_edited: { type: 'message_edited', seq: 2, changed_seq: 2, message: { id: 1, content: 'hello!' } },
  message_deleted: { type: 'message_deleted', seq: 3, changed_seq: 3, message_id: 1 },
  user_typing: { type: 'user_typing', user, is_typing: true },
  attachment_added: {
    type: 'attachment_added',
    seq: 4,
    changed_seq: 4,
    message_id: 1,
    attachment: { id: 1, message: 1, file: 'http://h/api/attachments/1/a.png', uploaded_at: '2025-01-01T00:00:00Z' },
  },
  read_updated: { type: 'read_updated', user_id: 7, read_seq: 3 },
  participant_added: { type: 'participant_added', seq: 5, user, role: 'member' },
  participant_removed: { type: 'participant_removed', seq: 6, user_id: 7 },
  participant_changed: { type: 'participant_changed', seq: 7, user_id: 7, role: 'admin' },
  conversation_renamed: { type: 'conversation_renamed', seq: 8, title: 'lunch' },
  ready: { type: 'ready', seq: 8, epoch: '0123456789abcdef', user, heartbeat: 25 },
  resync: { type: 'resync', seq: 8, epoch: '0123456789abcdef' },
  accepted: { type: 'accepted', client_id: 'k', message_id: 1, seq: 1 },
  error: { type: 'error', code: 'invalid_event', detail: 'The event is not valid.' },
  pong: { type: 'pong' },
}

/** Asserts that a heard frame has exactly the fields of the contract's sample, `added` ones beside it. */
export function assertSample(event: { type: keyof Samples }, added: object = {}): void {
  assert.deepEqual(shapeOf(event), shapeOf({ ...samples[event.type], ...added }))
}
