// What the handler of a client event is given.
import type { Chat, Committed } from '@goftegu/chat'
import type { ClientEvent, ClientEventType } from '@goftegu/protocol'
import type { Connection } from '../connection.ts'

export type HandlerContext = {
  chat: Chat
  /** Tells every replica. */
  announce: Committed
  connection: Connection
  /** The conversation that the event is about. */
  conversationId: number
  /** Runs `change` after the connection's earlier changes: of two edits the second one stays. */
  inOrder: (change: () => Promise<unknown>) => Promise<void>
}

/** Handles one event of one client; what it throws or rejects with is told to that client. */
export type Handler<T extends ClientEventType> = (
  context: HandlerContext,
  event: ClientEvent<T>,
) => Promise<void> | void
