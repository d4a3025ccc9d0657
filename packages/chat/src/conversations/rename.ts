// Gives a group another title.
import { ChatError, isTitle } from '@goftegu/protocol'
import type { Actor } from '../actor.ts'
import { changeConversation } from '../change-conversation.ts'
import type { Context } from '../context.ts'
import { recordChange } from '../sequence.ts'
import { groupFor } from './managed-group.ts'

/**
 * Sets the title and announces `conversation_renamed`; the same title again changes nothing and takes no number.
 * @throws ChatError `invalid_title`, `conversation_not_found`, `not_a_group`, `forbidden`
 */
export async function renameGroup(
  context: Context,
  actor: Actor,
  { conversation_id, title }: { conversation_id: number; title: string },
): Promise<void> {
  if (!isTitle(title)) throw new ChatError('invalid_title')
  return changeConversation(context, conversation_id, async (tx, locked) => {
    const { head } = await groupFor(tx, locked, actor, 'manage')
    const { numUpdatedRows } = await tx
      .updateTable('conversations')
      .set({ title })
      .where('id', '=', conversation_id)
      .where('title', 'is distinct from', title)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return { result: undefined, events: [] }
    const data = { title }
    const seq = await recordChange(tx, head, { type: 'conversation_renamed', actor_id: actor.id, data })
    return { result: undefined, events: [{ type: 'conversation_renamed', seq, title }] }
  })
}
