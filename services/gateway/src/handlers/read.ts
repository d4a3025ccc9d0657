// read: how far this user has read; everyone in the conversation hears of it.
import type { Handler } from './handler.ts'

export const read: Handler<'read'> = ({ chat, connection, conversationId }, { seq }) =>
  chat.reads.mark(connection.actor, { conversation_id: conversationId, seq })
