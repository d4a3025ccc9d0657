// Posts a message to a conversation.
import type { Actor } from '../actor.ts'
import type { Stored } from '../writer/entry.ts'
import type { Writer } from '../writer/writer.ts'
import { keyOf, type Text } from './draft.ts'

/**
 * Queues the message before it returns, so that a sender's messages are stored in the order of the calls.
 * @throws ChatError (rejects) `invalid_content`, `invalid_client_id`, `conversation_not_found`, `client_id_conflict`,
 *   `busy` (nothing was stored), `outcome_unknown` (repeat it with the same `client_id`), `draining`
 */
export async function postMessage(
  writer: Writer,
  actor: Actor,
  { conversation_id, ...text }: Text & { conversation_id: number },
): Promise<Stored> {
  return writer.post({ conversation_id, sender_id: actor.id, key: keyOf(text), content: text.content })
}
