// A message as its sender gave it, checked and given a key.
import { randomUUID } from 'node:crypto'
import { ChatError, isClientId, isContent, serverKeyPrefix } from '@goftegu/protocol'

export type Text = { content: string; client_id?: string }

/**
 * Checks the text and returns the key under which it is stored once: the client's, or one of ours.
 * @throws ChatError `invalid_content`, `invalid_client_id`
 */
export function keyOf({ content, client_id }: Text): string {
  if (!isContent(content)) throw new ChatError('invalid_content')
  if (client_id === undefined) return serverKeyPrefix + randomUUID()
  if (!isClientId(client_id)) throw new ChatError('invalid_client_id')
  return client_id
}
