// The only encoder: a change or level becomes one buffer, header and event.
import type { Change, Level } from './changes.ts'
import type { ServerEvent, ServerEventType, SocketFrame } from './server-events.ts'

/*
 * Layout of an encoded event, big-endian:
 *   0      version (1)
 *   1      kind: see `kindNumbers`
 *   2      flags: 1 = is_typing
 *   3      unused (0)
 *   4-11   epoch, 8 bytes
 *   12-19  seq (numbered), read_seq (read_updated), 0 (user_typing)
 *   20-27  subject: message id, or user id where the event is about a user, or 0
 *   28-    the event as JSON in UTF-8, as every socket gets it
 */
export const headerBytes = 28
const version = 1
/**
 * Replicas of two versions run side by side during an upgrade, so a number never changes its meaning: a new kind takes
 * the next one. From 128 on they are levels, so that a replica which does not know a kind still knows what it misses.
 */
const kindNumbers: Record<ServerEventType, number> = {
  new_message: 0,
  message_edited: 1,
  message_deleted: 2,
  attachment_added: 3,
  participant_added: 4,
  participant_removed: 5,
  participant_changed: 6,
  conversation_renamed: 7,
  user_typing: 128,
  read_updated: 129,
}
/** A stored change of a type that only a later version knows: read from the database, never announced. */
const laterChange = 127
const firstLevel = 128
const kinds = new Map<number, Header['kind']>([
  ...Object.entries(kindNumbers).map(([kind, number]) => [number, kind as ServerEventType] as const),
  [laterChange, 'later_change'],
])

/** What a gateway needs to know to deliver an event without parsing its JSON. */
export type Header = {
  kind: ServerEventType | 'later_change'
  /** Whether the event takes a number of the sequence. */
  isNumbered: boolean
  isTyping: boolean
  /** 16 hexadecimal digits. */
  epoch: string
  seq: number
  /** The message's id, or the user's where the event is about a user. */
  subject: number
}

/** Encodes a change or level: header, then JSON. `epoch` is 16 hexadecimal digits; numbers are safe integers. */
export function encode({ epoch, event }: Change | Level): Buffer {
  const json = JSON.stringify(event)
  const bytes = Buffer.allocUnsafe(headerBytes + Buffer.byteLength(json))
  bytes[0] = version
  bytes[1] = kindNumbers[event.type] ?? laterChange
  bytes[2] = event.type === 'user_typing' && event.is_typing ? 1 : 0
  bytes[3] = 0
  bytes.write(epoch, 4, 8, 'hex')
  bytes.writeBigUInt64BE(BigInt(positionOf(event)), 12)
  bytes.writeBigUInt64BE(BigInt(subjectOf(event)), 20)
  bytes.write(json, headerBytes)
  return bytes
}

/** Reads an encoded event's header; null where it is none of ours (too short, another version, an unknown kind). */
export function decodeHeader(bytes: Buffer): Header | null {
  if (bytes.length < headerBytes || bytes[0] !== version) return null
  const kindNumber = bytes[1]!
  const kind = kinds.get(kindNumber)
  if (kind === undefined) return null
  return {
    kind,
    isNumbered: kindNumber < firstLevel,
    isTyping: bytes[2] === 1,
    epoch: bytes.toString('hex', 4, 12),
    seq: Number(bytes.readBigUInt64BE(12)),
    subject: Number(bytes.readBigUInt64BE(20)),
  }
}

/** Whether bytes that `decodeHeader` cannot read may announce a stored change, as a newer version makes them. */
export function mayBeChange(bytes: Buffer): boolean {
  return bytes[0] !== version || bytes[1]! < firstLevel
}

/** The event's JSON, as every socket gets it: a view, not a copy. */
export function eventBytes(bytes: Buffer): Buffer {
  return bytes.subarray(headerBytes)
}

/** Encodes a frame for one socket (`ready`, `accepted`, `error`, …). */
export function encodeFrame(frame: SocketFrame): Buffer {
  return Buffer.from(JSON.stringify(frame))
}

function positionOf(event: ServerEvent): number {
  if (event.type === 'user_typing') return 0
  return event.type === 'read_updated' ? event.read_seq : event.seq
}

function subjectOf(event: ServerEvent): number {
  switch (event.type) {
    case 'new_message':
    case 'message_edited':
      return event.message.id
    case 'message_deleted':
    case 'attachment_added':
      return event.message_id
    case 'participant_added':
    case 'user_typing':
      return event.user.id
    case 'participant_removed':
    case 'participant_changed':
    case 'read_updated':
      return event.user_id
    case 'conversation_renamed':
      return 0
    default: // a later version's
      return 0
  }
}
