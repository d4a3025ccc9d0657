// Gives a participant of a group another role.
import type { Role } from '@goftegu/protocol'
import type { Actor } from '../actor.ts'
import { changeConversation } from '../change-conversation.ts'
import type { Context } from '../context.ts'
import { recordChange } from '../sequence.ts'
import { groupFor, roleOf } from './managed-group.ts'

/**
 * Changes the role and announces `participant_changed`; the same role again changes nothing and takes no number.
 * @throws ChatError `conversation_not_found`, `not_a_group`, `forbidden`, `user_not_found` (not a participant)
 */
export function changeRole(
  context: Context,
  actor: Actor,
  { conversation_id, user_id, role }: { conversation_id: number; user_id: number; role: Role },
): Promise<void> {
  return changeConversation(context, conversation_id, async (tx, locked) => {
    const { head } = await groupFor(tx, locked, actor, 'change_role')
    if ((await roleOf(tx, conversation_id, user_id)) === role) return { result: undefined, events: [] }
    await tx
      .updateTable('participants')
      .set({ role })
      .where('conversation_id', '=', conversation_id)
      .where('user_id', '=', user_id)
      .execute()
    const data = { user_id, role }
    const seq = await recordChange(tx, head, { type: 'participant_changed', actor_id: actor.id, data })
    return { result: undefined, events: [{ type: 'participant_changed', seq, user_id, role }] }
  })
}
