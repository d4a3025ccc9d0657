// What a socket's client hears: one schema per event type.
import { type Static, Type } from 'typebox'
import { Attachment, EventUser, Id, Role, Seq, Timestamp } from './resources.ts'

const closed = { additionalProperties: false } as const

/** Every event of a conversation. Those with `seq` are numbered; the others are states, of which the newest wins. */
export const serverEvents = {
  new_message: Type.Object(
    {
      type: Type.Literal('new_message'),
      seq: Seq,
      changed_seq: Seq,
      client_id: Type.Optional(Type.String()),
      message: Type.Object({ id: Id, sender: EventUser, content: Type.String(), timestamp: Timestamp }, closed),
    },
    closed,
  ),
  message_edited: Type.Object(
    {
      type: Type.Literal('message_edited'),
      seq: Seq,
      changed_seq: Seq,
      message: Type.Object({ id: Id, content: Type.String() }, closed),
    },
    closed,
  ),
  message_deleted: Type.Object(
    { type: Type.Literal('message_deleted'), seq: Seq, changed_seq: Seq, message_id: Id },
    closed,
  ),
  attachment_added: Type.Object(
    {
      type: Type.Literal('attachment_added'),
      seq: Seq,
      changed_seq: Seq,
      message_id: Id,
      attachment: Type.Union([Attachment, Type.Null()]),
    },
    closed,
  ),
  participant_added: Type.Object(
    { type: Type.Literal('participant_added'), seq: Seq, user: EventUser, role: Role },
    closed,
  ),
  participant_removed: Type.Object({ type: Type.Literal('participant_removed'), seq: Seq, user_id: Id }, closed),
  participant_changed: Type.Object(
    { type: Type.Literal('participant_changed'), seq: Seq, user_id: Id, role: Role },
    closed,
  ),
  conversation_renamed: Type.Object(
    { type: Type.Literal('conversation_renamed'), seq: Seq, title: Type.String() },
    closed,
  ),
  user_typing: Type.Object({ type: Type.Literal('user_typing'), user: EventUser, is_typing: Type.Boolean() }, closed),
  read_updated: Type.Object({ type: Type.Literal('read_updated'), user_id: Id, read_seq: Seq }, closed),
} as const

export type ServerEventType = keyof typeof serverEvents
export type ServerEvent<T extends ServerEventType = ServerEventType> = Static<(typeof serverEvents)[T]>

/** Frames that speak to one socket and are not part of the conversation. */
export const socketFrames = {
  ready: Type.Object(
    { type: Type.Literal('ready'), seq: Seq, epoch: Type.String(), user: EventUser, heartbeat: Type.Integer() },
    closed,
  ),
  resync: Type.Object({ type: Type.Literal('resync'), seq: Seq, epoch: Type.String() }, closed),
  accepted: Type.Object({ type: Type.Literal('accepted'), client_id: Type.String(), message_id: Id, seq: Seq }, closed),
  error: Type.Object(
    {
      type: Type.Literal('error'),
      code: Type.String(),
      detail: Type.String(),
      client_id: Type.Optional(Type.String()),
      retry_after: Type.Optional(Type.Number()),
    },
    closed,
  ),
  pong: Type.Object({ type: Type.Literal('pong') }, closed),
} as const

export type SocketFrameType = keyof typeof socketFrames
export type SocketFrame<T extends SocketFrameType = SocketFrameType> = Static<(typeof socketFrames)[T]>
