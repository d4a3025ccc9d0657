// A page of a conversation's history, with everything about it, in one round trip.
import { ChatError, type Message, pageSize } from '@goftegu/protocol'
import { sql } from 'kysely'
import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'
import { leastRead, type MessageRow, messageJson, toMessage } from '../rows.ts'
import { type Cursor, type Edge, readCursor, writeCursor } from './cursor.ts'

export type Page = {
  count: number
  /** Newest first. */
  results: Message[]
  last_seq: number
  epoch: string
  /** Towards older messages. */
  next: Cursor | null
  /** Towards newer messages. */
  previous: Cursor | null
}

type Row = {
  count: number
  results: MessageRow[]
  last_seq: number
  epoch: string
  oldest: number | null
  newest: number | null
  has_older: boolean
  has_newer: boolean
}

/**
 * One page of what the actor may see, newest first. `limit` is 1..100.
 * @throws ChatError `conversation_not_found`, `invalid_cursor`
 */
export async function pageOfMessages(
  { database, publicUrl }: Context,
  actor: Actor,
  conversation_id: number,
  { limit = pageSize, cursor }: { limit?: number; cursor?: Cursor },
): Promise<Page> {
  const edge = cursor === undefined ? null : readCursor(cursor)
  const { rows } = await statement(actor, conversation_id, limit, edge).execute(database.db)
  const row = rows[0]
  if (!row) throw new ChatError('conversation_not_found')
  const { count, last_seq, epoch, oldest, newest } = row
  return {
    count,
    results: row.results.map(message => toMessage(publicUrl(), message)),
    last_seq,
    epoch,
    next: row.has_older && oldest !== null ? writeCursor({ direction: 'before', seq: oldest }) : null,
    previous: row.has_newer && newest !== null ? writeCursor({ direction: 'after', seq: newest }) : null,
  }
}

function statement(actor: Actor, conversation_id: number, limit: number, edge: Edge | null) {
  // A subquery in place of a join: PostgreSQL then walks the index from the edge and stops at the limit.
  const seen = sql`select m.* from messages m
    where m.conversation_id = ${conversation_id} and m.seq >= (select visible_from from scope)`
  const before = edge?.direction === 'before' ? edge.seq : null
  const after = edge?.direction === 'after' ? edge.seq : null
  const slice =
    after === null
      ? sql`${seen} and m.seq < coalesce(${before}::bigint, 9223372036854775807) order by m.seq desc limit ${limit}`
      : sql`${seen} and m.seq > ${after}::bigint order by m.seq limit ${limit}`
  // Beyond the edges of an empty page lies what the cursor named.
  return sql<Row>`
    with scope as materialized (
      select h.last_seq, h.message_count, case when ${actor.is_staff} then 1 else p.visible_from end as visible_from
        from conversation_heads h
        left join participants p on p.conversation_id = h.conversation_id and p.user_id = ${actor.id}
       where h.conversation_id = ${conversation_id} and (p.user_id is not null or ${actor.is_staff})
    ), slice as materialized (${slice}), edges as materialized (
      select coalesce(min(seq), ${before}::bigint, ${after}::bigint + 1) as oldest,
             coalesce(max(seq), ${before}::bigint - 1, ${after}::bigint) as newest from slice
    )
    select s.last_seq, current_epoch() as epoch, e.oldest, e.newest,
           case when s.visible_from = 1 then s.message_count
                else (select count(*) from messages m where m.conversation_id = ${conversation_id} and m.seq >= s.visible_from)
           end as count,
           (select m.seq from messages m where m.conversation_id = ${conversation_id} and m.seq < e.oldest
               and m.seq >= s.visible_from order by m.seq desc limit 1) is not null as has_older,
           (select m.seq from messages m where m.conversation_id = ${conversation_id} and m.seq > e.newest
               and m.seq >= s.visible_from order by m.seq limit 1) is not null as has_newer,
           coalesce((select json_agg(${messageJson} order by m.seq desc)
                       from slice m join users u on u.id = m.sender_id
                       cross join ${leastRead(sql.val(conversation_id))} least), '[]') as results
      from scope s cross join edges e`
}
