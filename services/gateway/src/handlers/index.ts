// The client events, each with its handler.
import type { ClientEvent, ClientEventType } from '@goftegu/protocol'
import { chatMessage } from './chat-message.ts'
import { deleteMessage } from './delete-message.ts'
import { editMessage } from './edit-message.ts'
import type { Handler, HandlerContext } from './handler.ts'
import { ping } from './ping.ts'
import { read } from './read.ts'
import { typing } from './typing.ts'

const handlers: { [T in ClientEventType]: Handler<T> } = {
  chat_message: chatMessage,
  edit_message: editMessage,
  delete_message: deleteMessage,
  typing,
  read,
  ping,
}

/** Runs the event's handler; synchronous up to its first await. */
export function handle<T extends ClientEventType>(context: HandlerContext, event: ClientEvent<T> & { type: T }) {
  return handlers[event.type](context, event)
}
