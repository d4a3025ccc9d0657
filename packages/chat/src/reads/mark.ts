// Moves a participant's read position; it never goes back.
import { ChatError } from '@goftegu/protocol'
import { sql } from 'kysely'
import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'

/**
 * Marks everything up to `seq` as read (above the head: up to the head) and announces `read_updated` if that is news.
 * Staff who are not participants have no position: nothing happens.
 * @throws ChatError `conversation_not_found`
 */
export async function markRead(
  { database, committed }: Context,
  actor: Actor,
  { conversation_id, seq }: { conversation_id: number; seq: number },
): Promise<void> {
  const { rows } = await sql<{ is_participant: boolean; read_seq: number | null }>`
    with moved as (
      update participants p set read_seq = least(${seq}::bigint, h.last_seq) from conversation_heads h
       where h.conversation_id = p.conversation_id and p.conversation_id = ${conversation_id}
         and p.user_id = ${actor.id} and p.read_seq < least(${seq}::bigint, h.last_seq)
      returning p.read_seq
    )
    select p.user_id is not null as is_participant, (select read_seq from moved) as read_seq
      from conversation_heads h
      left join participants p on p.conversation_id = h.conversation_id and p.user_id = ${actor.id}
     where h.conversation_id = ${conversation_id}`.execute(database.db)
  const row = rows[0]
  if (!row || (!row.is_participant && !actor.is_staff)) throw new ChatError('conversation_not_found')
  if (row.read_seq === null) return
  const event = { type: 'read_updated' as const, user_id: actor.id, read_seq: row.read_seq }
  committed([{ conversation_id, epoch: database.epoch, event }])
}
