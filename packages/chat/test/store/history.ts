// What must hold of every conversation that was ever stored, counted by one query each.
import type { Database } from '@goftegu/database'
import { sql } from 'kysely'

/** How often each promise of the store is broken; all are 0 in a sound database. */
export type Breaches = {
  /** Numbers of 1..last_seq that are missing, held twice, or beyond the head. */
  numbers: number
  /** Neighbours by `seq` whose id or time does not rise with it. */
  order: number
  /** Keys that a sender has twice in a conversation. */
  keys: number
  /** Heads whose count, last message or time is not that of the messages. */
  heads: number
  /** Messages by somebody who was not in the conversation at their number. */
  strangers: number
  /** The same, by the clock: stored later than a removal that no return has followed (times are in milliseconds). */
  late: number
}

/** Counts the breaches in all conversations. */
export async function breachesIn(database: Database): Promise<Breaches> {
  const { rows } = await sql<Breaches>`
    with numbers as (
      select conversation_id, seq from messages union all select conversation_id, seq from conversation_changes
    ), counted as (
      select h.conversation_id, h.last_seq, count(n.seq) as n, count(distinct n.seq) as different, max(n.seq) as top, min(n.seq) as low
        from conversation_heads h left join numbers n using (conversation_id) group by h.conversation_id, h.last_seq
    ), neighbours as (
      select id > lag(id) over w and created_at >= lag(created_at) over w as rises from messages
      window w as (partition by conversation_id order by seq)
    ), stored as (
      select conversation_id, count(*) as n, max(id) as last_id, max(created_at) as at from messages group by conversation_id
    ), moves as (
      select conversation_id, (data->>'user_id')::bigint as user_id, seq, created_at, type = 'participant_added' as is_in
        from conversation_changes where type in ('participant_added', 'participant_removed')
    )
    select
      (select coalesce(sum(abs(last_seq - different) + (n - different)
         + (n > 0 and (low <> 1 or top <> last_seq))::int), 0)::int from counted) as numbers,
      (select count(*)::int from neighbours where not rises) as order,
      (select count(*)::int from (select from messages group by conversation_id, sender_id, client_id having count(*) > 1) t) as keys,
      (select count(*)::int from conversation_heads h join stored s using (conversation_id)
        where h.message_count <> s.n or h.last_message_id <> s.last_id or h.last_at <> s.at) as heads,
      (select count(*)::int from messages m where not coalesce((select v.is_in from moves v
         where v.conversation_id = m.conversation_id and v.user_id = m.sender_id and v.seq < m.seq
         order by v.seq desc limit 1), true)) as strangers,
      (select count(*)::int from messages m join moves r on r.conversation_id = m.conversation_id and r.user_id = m.sender_id
         where not r.is_in and r.created_at < m.created_at - interval '1 millisecond' and not exists (
           select from moves a where a.is_in and a.conversation_id = r.conversation_id and a.user_id = r.user_id
              and a.seq > r.seq and a.created_at <= m.created_at + interval '1 millisecond')) as late`.execute(
    database.db,
  )
  return rows[0]!
}

export const noBreaches: Breaches = { numbers: 0, order: 0, keys: 0, heads: 0, strangers: 0, late: 0 }
