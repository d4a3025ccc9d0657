// Removes somebody from a group; leaving is removing oneself.
import { ChatError } from '@goftegu/protocol'
import type { Actor } from '../actor.ts'
import { changeConversation } from '../change-conversation.ts'
import type { Context } from '../context.ts'
import { judge } from '../permissions.ts'
import { recordChange } from '../sequence.ts'
import { groupFor, roleOf } from './managed-group.ts'

/**
 * Removes the user and announces `participant_removed`. After it commits nothing of theirs is stored in the group. An
 * owner is removed by owners and staff alone.
 * @throws ChatError `conversation_not_found`, `not_a_group`, `forbidden`, `user_not_found` (not a participant)
 */
export function removeParticipant(
  context: Context,
  actor: Actor,
  { conversation_id, user_id }: { conversation_id: number; user_id: number },
): Promise<void> {
  return changeConversation(context, conversation_id, async (tx, locked) => {
    const isLeaving = user_id === actor.id
    const { head, role: own } = await groupFor(tx, locked, actor, isLeaving ? 'leave' : 'manage')
    const role = await roleOf(tx, conversation_id, user_id)
    const mayRemoveOwner = isLeaving || judge('change_role', { is_staff: actor.is_staff, role: own }) === 'allowed'
    if (role === 'owner' && !mayRemoveOwner)
      throw new ChatError('forbidden', { detail: 'Only an owner removes an owner.' })
    await tx
      .deleteFrom('participants')
      .where('conversation_id', '=', conversation_id)
      .where('user_id', '=', user_id)
      .execute()
    const data = { user_id }
    const seq = await recordChange(tx, head, { type: 'participant_removed', actor_id: actor.id, data })
    return { result: undefined, events: [{ type: 'participant_removed', seq, user_id }] }
  })
}
