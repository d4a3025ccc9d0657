// Deletes a message: the row stays, its text, revisions and files go.
import { sql } from 'kysely'
import type { Actor } from '../actor.ts'
import { changeConversation } from '../change-conversation.ts'
import type { Context } from '../context.ts'
import { recordChange } from '../sequence.ts'
import { type MessageName, messageFor } from './locked-message.ts'

/**
 * Erases the message's text, earlier texts and attachments in one transaction and announces `message_deleted`; the
 * files' bytes are queued for removal. Deleting what is deleted does nothing.
 * @throws ChatError `message_not_found`, `forbidden` (not the sender)
 */
export function removeMessage(context: Context, actor: Actor, name: MessageName): Promise<void> {
  const { message_id } = name
  return changeConversation(context, { message_id }, async (tx, head) => {
    const before = await messageFor(tx, head, actor, 'delete', name)
    if (before.deleted_at) return { result: undefined, events: [] }
    await sql`
      with revisions as (
        delete from message_revisions where message_id = ${message_id}
      ), files as (
        delete from attachments where message_id = ${message_id} returning blob_key
      ), queued as (
        insert into blob_removals (blob_key) select blob_key from files on conflict do nothing
      )
      update messages set content = '', deleted_at = clock_timestamp() where id = ${message_id}`.execute(tx)
    const seq = await recordChange(tx, head!, { type: 'message_deleted', message_id, actor_id: actor.id })
    return { result: undefined, events: [{ type: 'message_deleted', seq, changed_seq: seq, message_id }] }
  })
}
