// A numbered event as a room keeps and delivers it.
import { type Change, decodeHeader, encode, eventBytes, type Header, type ServerEvent } from '@goftegu/protocol'
import { keptTextFrame, payloadOf } from '../frame.ts'
import type { Member } from './member.ts'
import type { Current } from './sequence.ts'

export type RoomEvent = {
  readonly kind: Header['kind']
  readonly seq: number
  /** The message's id, or the user's where the event is about a user. */
  readonly subject: number
  /** The whole WebSocket frame, built once and shared between sockets. */
  readonly frame: Buffer
}

/** Makes a room's event of encoded bytes; copies them, since they may be a view of a larger read. */
export function roomEvent(header: Header, bytes: Buffer): RoomEvent {
  return { kind: header.kind, seq: header.seq, subject: header.subject, frame: keptTextFrame(eventBytes(bytes)) }
}

/** Makes a room's event of a change that was read from the database. */
export function currentEvent(change: Change): Current<RoomEvent> {
  const bytes = encode(change)
  const { seq } = change.event
  const changedSeq = 'changed_seq' in change.event ? change.event.changed_seq : seq
  return { seq, changedSeq, event: roomEvent(decodeHeader(bytes)!, bytes) }
}

const aboutMessages: ReadonlySet<string> = new Set([
  'new_message',
  'message_edited',
  'message_deleted',
  'attachment_added',
])

/** Whether the event's subject is a message. */
export function isAboutMessage({ kind }: RoomEvent): boolean {
  return aboutMessages.has(kind)
}

/** Whether the event shows something of an earlier message, which not everybody who hears the event may see. */
export function showsEarlierMessage({ kind }: RoomEvent): boolean {
  return kind === 'message_edited' || kind === 'attachment_added'
}

/** Who sent the message; undefined where the event is no new message. The header does not say it: this parses. */
export function senderOf({ kind, frame }: RoomEvent): number | undefined {
  if (kind !== 'new_message') return undefined
  return (JSON.parse(payloadOf(frame).toString()) as ServerEvent<'new_message'>).message.sender.id
}

/** Whether the event removes this user from the conversation; staff stay. */
export function isRemovalOf(
  { user, isStaff }: Pick<Member, 'user' | 'isStaff'>,
  { kind, subject }: RoomEvent,
): boolean {
  return kind === 'participant_removed' && subject === user.id && !isStaff
}
