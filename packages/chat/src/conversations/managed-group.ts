// A group under its lock, and what the actor may do in it.
import type { LockedHead, Tx } from '@goftegu/database'
import { ChatError, type Role } from '@goftegu/protocol'
import type { Actor } from '../actor.ts'
import { type Deed, judge } from '../permissions.ts'

export type ManagedGroup = { head: LockedHead; kind: 'direct' | 'group'; history: 'all' | 'joined'; role: Role | null }

/**
 * Reads the group and judges the deed.
 * @throws ChatError `conversation_not_found`, `not_a_group`, `forbidden`
 */
export async function groupFor(tx: Tx, head: LockedHead | null, actor: Actor, deed: Deed): Promise<ManagedGroup> {
  if (!head) throw new ChatError('conversation_not_found')
  const row = await tx
    .selectFrom('conversations as c')
    .leftJoin('participants as p', join => join.onRef('p.conversation_id', '=', 'c.id').on('p.user_id', '=', actor.id))
    .select(['c.kind', 'c.history', 'p.role'])
    .where('c.id', '=', head.conversation_id)
    .executeTakeFirstOrThrow()
  const verdict = judge(deed, { is_staff: actor.is_staff, role: row.role })
  if (verdict === 'hidden') throw new ChatError('conversation_not_found')
  if (row.kind !== 'group') throw new ChatError('not_a_group')
  if (verdict === 'forbidden') throw new ChatError('forbidden', { detail: 'Only who manages this group may do this.' })
  return { head, ...row }
}

/** The participant's role. @throws ChatError `user_not_found` where the user is none */
export async function roleOf(tx: Tx, conversation_id: number, user_id: number): Promise<Role> {
  const row = await tx
    .selectFrom('participants')
    .select('role')
    .where('conversation_id', '=', conversation_id)
    .where('user_id', '=', user_id)
    .executeTakeFirst()
  if (!row) throw new ChatError('user_not_found')
  return row.role
}
