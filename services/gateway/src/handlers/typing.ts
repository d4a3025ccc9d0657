// typing: tells the others; nothing is stored.
import type { Connection } from '../connection.ts'
import type { Handler, HandlerContext } from './handler.ts'

export const typing: Handler<'typing'> = ({ announce, connection, conversationId }, { is_typing }) => {
  if (is_typing) connection.typingIn.add(conversationId)
  else connection.typingIn.delete(conversationId)
  tellTyping(announce, connection, conversationId, is_typing)
}

/** Somebody who leaves types no more. */
export function endTyping(announce: HandlerContext['announce'], connection: Connection): void {
  for (const conversationId of connection.typingIn) tellTyping(announce, connection, conversationId, false)
  connection.typingIn.clear()
}

function tellTyping(
  announce: HandlerContext['announce'],
  { user, rooms }: Connection,
  conversation_id: number,
  is_typing: boolean,
): void {
  const epoch = [...rooms].find(room => room.id === conversation_id)?.epoch
  if (epoch) announce([{ conversation_id, epoch, event: { type: 'user_typing', user, is_typing } }])
}
