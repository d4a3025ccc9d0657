// A message under its conversation's lock, and whether the actor may do something to it.
import type { LockedHead, Tx } from '@goftegu/database'
import { ChatError, type Role } from '@goftegu/protocol'
import type { Actor } from '../actor.ts'
import { type Deed, judge, visibleFrom } from '../permissions.ts'

export type LockedMessage = {
  id: number
  seq: number
  changed_seq: number
  content: string
  sender_id: number
  deleted_at: Date | null
}

/** What names a message. With `conversation_id`, one of another conversation does not exist (a socket's own, a path's). */
export type MessageName = { message_id: number; conversation_id?: number }

/**
 * Reads the message and judges the deed.
 * @throws ChatError `message_not_found` (strangers, other conversations, not visible), `forbidden`
 */
export async function messageFor(
  tx: Tx,
  head: LockedHead | null,
  actor: Actor,
  deed: Deed,
  { message_id, conversation_id }: MessageName,
): Promise<LockedMessage> {
  if (!head || (conversation_id !== undefined && conversation_id !== head.conversation_id)) {
    throw new ChatError('message_not_found')
  }
  const row = await tx
    .selectFrom('messages as m')
    .leftJoin('participants as p', join =>
      join.onRef('p.conversation_id', '=', 'm.conversation_id').on('p.user_id', '=', actor.id),
    )
    .select(['m.id', 'm.seq', 'm.changed_seq', 'm.content', 'm.sender_id', 'm.deleted_at', 'p.role', 'p.visible_from'])
    .where('m.id', '=', message_id)
    .executeTakeFirst()
  if (!row) throw new ChatError('message_not_found')
  assertMay(deed, actor, row)
  return row
}

/** @throws ChatError as `messageFor` */
export function assertMay(
  deed: Deed,
  actor: Actor,
  message: { seq: number; sender_id: number; role: Role | null; visible_from: number | null },
): void {
  const { seq, sender_id, role, visible_from } = message
  const verdict = judge(deed, { is_staff: actor.is_staff, role, is_sender: sender_id === actor.id })
  const isVisible = seq >= visibleFrom(actor.is_staff, visible_from ?? 1)
  if (verdict === 'hidden' || !isVisible) throw new ChatError('message_not_found')
  if (verdict === 'forbidden') throw new ChatError('forbidden')
}
