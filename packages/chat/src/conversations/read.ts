// Conversations as their participants see them, in one round trip.
import { ChatError, type Conversation, type User } from '@goftegu/protocol'
import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'
import { isoTime, leastRead, type MessageRow, messageJson, toMessage, userJson } from '../rows.ts'

type Row = Omit<Conversation, 'last_message' | 'participants'> & {
  participants: User[]
  last_message: MessageRow | null
}

/**
 * The actor's own conversations (staff too), most recently active first; with `before`, a conversation's id, those that
 * come after it in that order.
 */
export async function listConversations(
  context: Context,
  actor: Actor,
  { limit, before }: { limit?: number; before?: number } = {},
): Promise<Conversation[]> {
  const isBefore =
    before === undefined
      ? sql`true`
      : sql`(h.last_at, h.conversation_id) < (
          select o.last_at, o.conversation_id from conversation_heads o
            join participants mine on mine.conversation_id = o.conversation_id and mine.user_id = ${actor.id}
           where o.conversation_id = ${before})`
  return read(
    context,
    actor,
    sql`select h.*, p.visible_from, p.read_seq from participants p
          join conversation_heads h on h.conversation_id = p.conversation_id
         where p.user_id = ${actor.id} and ${isBefore}
         order by h.last_at desc, h.conversation_id desc limit ${limit ?? null}::bigint`,
  )
}

/**
 * One conversation. To staff who are not in it nothing of it is unread.
 * @throws ChatError `conversation_not_found`
 */
export async function getConversation(context: Context, actor: Actor, id: number): Promise<Conversation> {
  const conversations = await read(
    context,
    actor,
    sql`select h.*, p.visible_from, p.read_seq from conversation_heads h
          left join participants p on p.conversation_id = h.conversation_id and p.user_id = ${actor.id}
         where h.conversation_id = ${id} and (p.user_id is not null or ${actor.is_staff})`,
  )
  const [conversation] = conversations
  if (!conversation) throw new ChatError('conversation_not_found')
  return conversation
}

/** `heads`: rows of `conversation_heads` with the actor's `visible_from` and `read_seq` (null: not a participant). */
async function read(
  { database, publicUrl }: Context,
  actor: Actor,
  heads: RawBuilder<unknown>,
): Promise<Conversation[]> {
  const { rows } = await sql<Row>`
    with h as materialized (
      select t.*, case when ${actor.is_staff} then 1 else t.visible_from end as seen_from from (${heads}) t
    )
    select c.id, c.title, p.participants, ${isoTime('c.created_at')} as created_at, last.message as last_message,
           h.last_seq, current_epoch() as epoch, unread.count as unread_count
      from h join conversations c on c.id = h.conversation_id
      cross join lateral (
        select coalesce(json_agg(${userJson('u')} order by p.joined_seq, p.user_id), '[]') as participants
          from participants p join users u on u.id = p.user_id where p.conversation_id = h.conversation_id) p
      left join lateral (
        select ${messageJson} as message from messages m join users u on u.id = m.sender_id
         cross join lateral ${leastRead(sql.ref('m.conversation_id'))} least
         where m.conversation_id = h.conversation_id and m.seq >= h.seen_from order by m.seq desc limit 1) last on true
      cross join lateral (
        select count(*)::int as count from (
          select from messages m
           where m.conversation_id = h.conversation_id and m.seq > h.read_seq and m.seq >= h.seen_from
             and m.sender_id <> ${actor.id} and m.deleted_at is null limit 100) t) unread
     order by h.last_at desc, h.conversation_id desc`.execute(database.db)
  return rows.map(({ last_message, ...row }) => ({
    ...row,
    last_message: last_message && toMessage(publicUrl(), last_message),
  }))
}
