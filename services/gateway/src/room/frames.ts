// The frames with which a socket begins, and begins anew.
import { type EventUser, encode, encodeFrame, eventBytes, heartbeatSeconds, type SocketFrame } from '@goftegu/protocol'
import { textFrame } from '../frame.ts'
import type { RoomSnapshot } from './member.ts'

/** A frame for one socket alone. */
export function socketFrame(frame: SocketFrame): Buffer {
  return textFrame(encodeFrame(frame))
}

export function readyFrame(seq: number, epoch: string, user: EventUser): Buffer {
  return socketFrame({ type: 'ready', seq, epoch, user, heartbeat: heartbeatSeconds })
}

export function resyncFrame(seq: number, epoch: string): Buffer {
  return socketFrame({ type: 'resync', seq, epoch })
}

export function readFrame(conversation_id: number, epoch: string, user_id: number, read_seq: number): Buffer {
  const event = { type: 'read_updated' as const, user_id, read_seq }
  return textFrame(eventBytes(encode({ conversation_id, epoch, event })))
}

/** A `read_updated` for every participant that has read something, joined; they follow `ready` and `resync`. */
export function positionFrames(
  conversationId: number,
  { epoch, participants }: RoomSnapshot,
  readSeqOf: (userId: number, snapshotReadSeq: number) => number = (_, readSeq) => readSeq,
): Buffer {
  const frames = participants
    .map(({ user_id, read_seq }) => ({ user_id, read_seq: readSeqOf(user_id, read_seq) }))
    .filter(({ read_seq }) => read_seq > 0)
    .map(({ user_id, read_seq }) => readFrame(conversationId, epoch, user_id, read_seq))
  return Buffer.concat(frames)
}
