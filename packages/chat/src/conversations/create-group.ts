// Creates a group.
import { ChatError, type Conversation, isTitle, maxParticipants } from '@goftegu/protocol'
import { sql } from 'kysely'
import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'
import { getConversation } from './read.ts'

export type NewGroup = {
  title: string
  /** The creator need not be among them. */
  participant_ids: readonly number[]
  /** What somebody who is added later sees: the whole history (the default), or what comes from joining on. */
  history?: 'all' | 'joined'
}

/**
 * Creates a group with the actor as its owner. Those who are in it from the start take no number: its first is 1.
 * @throws ChatError `invalid_title`, `too_many_participants`, `user_not_found` (one of them; nothing is created)
 */
export async function createGroup(
  context: Context,
  actor: Actor,
  { title, participant_ids, history = 'all' }: NewGroup,
): Promise<Conversation> {
  if (!isTitle(title)) throw new ChatError('invalid_title')
  const members = [...new Set(participant_ids)].filter(id => id !== actor.id)
  if (members.length + 1 > maxParticipants) throw new ChatError('too_many_participants')
  const { rows } = await sql<{ id: number | null }>`
    with known as materialized (
      select u.id from users u where u.id = any(${[actor.id, ...members]}::bigint[])
    ), conversation as (
      insert into conversations (kind, title, history)
      select 'group', ${title}, ${history} where (select count(*) from known) = ${members.length + 1}::int
      returning id
    ), head as (
      insert into conversation_heads (conversation_id) select id from conversation
    ), inside as (
      insert into participants (conversation_id, user_id, role)
      select c.id, k.id, case when k.id = ${actor.id} then 'owner' else 'member' end from conversation c, known k
    )
    select (select id from conversation) as id`.execute(context.database.db)
  const id = rows[0]!.id
  if (id === null) throw new ChatError('user_not_found')
  return getConversation(context, actor, id)
}
