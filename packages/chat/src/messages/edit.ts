// Changes a message's text; the text that was there is kept as a revision.
import { ChatError, isContent, type Message } from '@goftegu/protocol'
import { sql } from 'kysely'
import type { Actor } from '../actor.ts'
import { changeConversation } from '../change-conversation.ts'
import type { Context } from '../context.ts'
import { recordChange } from '../sequence.ts'
import { type MessageName, messageFor } from './locked-message.ts'
import { readMessage } from './read-message.ts'

/**
 * Sets the message's text and announces `message_edited`. The same text again changes nothing and takes no number.
 * @throws ChatError `invalid_content`, `message_not_found`, `forbidden` (not the sender), `message_deleted`
 */
export async function editMessage(
  context: Context,
  actor: Actor,
  { content, ...name }: MessageName & { content: string },
): Promise<Message> {
  if (!isContent(content)) throw new ChatError('invalid_content')
  const { message_id } = name
  return changeConversation(context, { message_id }, async (tx, head) => {
    const before = await messageFor(tx, head, actor, 'edit', name)
    if (before.deleted_at) throw new ChatError('message_deleted')
    if (before.content === content) {
      return { result: await readMessage(tx, context.publicUrl(), message_id), events: [] }
    }
    await sql`
      with revision as (
        insert into message_revisions (message_id, changed_seq, content)
        values (${message_id}, ${before.changed_seq}, ${before.content})
      )
      update messages set content = ${content}, edited_at = clock_timestamp() where id = ${message_id}`.execute(tx)
    const seq = await recordChange(tx, head!, { type: 'message_edited', message_id, actor_id: actor.id })
    return {
      result: await readMessage(tx, context.publicUrl(), message_id),
      events: [{ type: 'message_edited', seq, changed_seq: seq, message: { id: message_id, content } }],
    }
  })
}
