// edit_message: another text for one's own message.
import type { Handler } from './handler.ts'

export const editMessage: Handler<'edit_message'> = ({ chat, connection, conversationId, inOrder }, event) => {
  const { message_id, content } = event
  return inOrder(() => chat.messages.edit(connection.actor, { message_id, content, conversation_id: conversationId }))
}
