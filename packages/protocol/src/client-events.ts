// What a socket's client sends: one schema per event type.
import { type Static, Type } from 'typebox'
import { Id, Seq } from './resources.ts'

/** Fields that are not named here are ignored, so that a newer client can talk to an older server. */
export const clientEvents = {
  chat_message: Type.Object({
    type: Type.Literal('chat_message'),
    content: Type.String(),
    client_id: Type.Optional(Type.String()),
  }),
  edit_message: Type.Object({ type: Type.Literal('edit_message'), message_id: Id, content: Type.String() }),
  delete_message: Type.Object({ type: Type.Literal('delete_message'), message_id: Id }),
  typing: Type.Object({ type: Type.Literal('typing'), is_typing: Type.Boolean() }),
  read: Type.Object({ type: Type.Literal('read'), seq: Seq }),
  ping: Type.Object({ type: Type.Literal('ping') }),
} as const

export type ClientEventType = keyof typeof clientEvents
export type ClientEvent<T extends ClientEventType = ClientEventType> = Static<(typeof clientEvents)[T]>
