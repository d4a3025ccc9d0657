// chat_message: a new message; `accepted` for those that carry a client_id.
import type { Handler } from './handler.ts'

/** Enters the writer in this turn, so that a connection's messages keep their order. */
export const chatMessage: Handler<'chat_message'> = async ({ chat, connection, conversationId }, event) => {
  const { content, client_id } = event
  const stored = chat.messages.post(connection.actor, { conversation_id: conversationId, content, client_id })
  const { message_id, seq } = await stored
  if (client_id !== undefined) connection.tell({ type: 'accepted', client_id, message_id, seq })
}
