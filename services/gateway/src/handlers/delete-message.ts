// delete_message: logically deletes one's own message.
import type { Handler } from './handler.ts'

export const deleteMessage: Handler<'delete_message'> = (
  { chat, connection, conversationId, inOrder },
  { message_id },
) => inOrder(() => chat.messages.remove(connection.actor, { message_id, conversation_id: conversationId }))
