// Adds somebody to a group.
import { ChatError, maxParticipants, type Role } from '@goftegu/protocol'
import type { Actor } from '../actor.ts'
import { changeConversation } from '../change-conversation.ts'
import type { Context } from '../context.ts'
import { judge } from '../permissions.ts'
import { recordChange } from '../sequence.ts'
import { groupFor } from './managed-group.ts'

/**
 * Adds the user and announces `participant_added`. Whoever joins has read what was before; whether they see it is the
 * group's choice (`history`), and with 'joined' they see from this change's number on.
 * @throws ChatError `conversation_not_found`, `not_a_group`, `forbidden`, `user_not_found`, `participant_exists`,
 *   `too_many_participants`
 */
export function addParticipant(
  context: Context,
  actor: Actor,
  { conversation_id, user_id, role = 'member' }: { conversation_id: number; user_id: number; role?: Role },
): Promise<void> {
  return changeConversation(context, conversation_id, async (tx, locked) => {
    const { head, history, role: own } = await groupFor(tx, locked, actor, 'manage')
    const mayGive = role === 'member' || judge('change_role', { is_staff: actor.is_staff, role: own }) === 'allowed'
    if (!mayGive) throw new ChatError('forbidden', { detail: 'Only the owner of a group gives roles.' })
    const user = await tx
      .selectFrom('users')
      .select(['id', 'username', 'profile_picture'])
      .where('id', '=', user_id)
      .executeTakeFirst()
    if (!user) throw new ChatError('user_not_found')
    const participants = await tx
      .selectFrom('participants')
      .select('user_id')
      .where('conversation_id', '=', conversation_id)
      .execute()
    if (participants.some(participant => participant.user_id === user_id)) throw new ChatError('participant_exists')
    if (participants.length >= maxParticipants) throw new ChatError('too_many_participants')
    const data = { user_id, role }
    const seq = await recordChange(tx, head, { type: 'participant_added', actor_id: actor.id, data })
    const visible_from = history === 'joined' ? seq : 1
    await tx
      .insertInto('participants')
      .values({ conversation_id, user_id, role, joined_seq: seq, visible_from, read_seq: seq })
      .execute()
    return { result: undefined, events: [{ type: 'participant_added', seq, user, role }] }
  })
}
