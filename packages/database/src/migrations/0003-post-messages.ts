// post_messages(): stores a group of messages in one round trip.
import { type Kysely, sql } from 'kysely'

/*
 * Two statements, never one: under READ COMMITTED a statement judges by the snapshot that it took before it waited for
 * the lock, so the second, which looks up keys and membership, must begin after the first has the locks.
 * With `_wait` false a head that somebody else holds is reported `busy` instead of waited for.
 *
 * Outcomes: stored, repeat (the key is known: its message), conflict (the key is known with another content), absent,
 * not_a_participant, busy. Key before membership before number: a sender whose unknown send was stored and who was then
 * removed still gets its own message back. Nothing but `stored` takes a number.
 */
const postMessages = sql.raw(`
create function post_messages(_conversation bigint[], _sender bigint[], _client text[], _content text[], _wait boolean)
returns table(ord int, outcome text, id bigint, seq bigint, created_at timestamptz, username text, profile_picture text)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off
as $$
#variable_conflict use_column
declare _held bigint[];
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'post_messages needs READ COMMITTED' using errcode = 'invalid_transaction_state';
  end if;

  if _wait then
    with locked as (select h.conversation_id from conversation_heads h
                     where h.conversation_id = any(_conversation) order by h.conversation_id for no key update)
    select coalesce(array_agg(locked.conversation_id), '{}') into _held from locked;
  else
    with locked as (select h.conversation_id from conversation_heads h
                     where h.conversation_id = any(_conversation) order by h.conversation_id for no key update skip locked)
    select coalesce(array_agg(locked.conversation_id), '{}') into _held from locked;
  end if;

  return query
  with looked as materialized (
    select i.ord::int as ord, i.conversation, i.sender, i.client, i.content,
           substr(sha256(k.content_key || convert_to(i.content, 'UTF8')), 1, 16) as hash,
           h.last_seq, h.last_at, h.conversation_id as head,
           old.id as old_id, old.seq as old_seq, old.created_at as old_at, old.content_hash as old_hash,
           u.username, u.profile_picture, coalesce(p.ok, u.is_staff, false) as may,
           row_number() over (partition by i.conversation, i.sender, i.client order by i.ord) as nth
      from unnest(_conversation, _sender, _client, _content) with ordinality as i(conversation, sender, client, content, ord)
      cross join (select content_key from installation) k
      left join lateral (select h.* from conversation_heads h where h.conversation_id = i.conversation limit 1) h on true
      left join lateral (select m.id, m.seq, m.created_at, m.content_hash from messages m
                          where m.conversation_id = i.conversation and m.sender_id = i.sender and m.client_id = i.client
                          limit 1) old on true
      left join lateral (select true as ok from participants p
                          where p.conversation_id = i.conversation and p.user_id = i.sender limit 1) p on true
      left join lateral (select u.is_staff, u.username, u.profile_picture from users u where u.id = i.sender limit 1) u on true
  ), first as materialized (
    select l.*, first_value(l.hash) over (partition by l.conversation, l.sender, l.client order by l.ord) as first_hash
      from looked l
  ), judged as materialized (
    select f.*, case when f.head is null then 'absent'
                     when f.conversation <> all(_held) then 'busy'
                     when f.old_id is not null then case when f.old_hash = f.hash then 'repeat' else 'conflict' end
                     when not f.may then 'not_a_participant'
                     when f.nth > 1 then case when f.first_hash = f.hash then 'twin' else 'conflict' end
                     else 'stored' end as verdict
      from first f
  ), numbered as materialized (
    select n.*, case when n.verdict = 'stored' then nextval('messages_id_seq') end as new_id,
                case when n.verdict = 'stored' then greatest(date_trunc('milliseconds', clock_timestamp()), n.last_at) end as new_at
      from (select j.*, case when j.verdict = 'stored' then j.last_seq + count(*) filter (where j.verdict = 'stored')
                                over (partition by j.conversation order by j.ord) end as new_seq
              from judged j order by j.conversation, j.ord) n
  ), stored as (
    insert into messages(id, conversation_id, seq, changed_seq, sender_id, client_id, content, content_hash, created_at)
    overriding system value
    select n.new_id, n.conversation, n.new_seq, n.new_seq, n.sender, n.client, n.content, n.hash, n.new_at
      from numbered n where n.verdict = 'stored'
  ), moved as (
    update conversation_heads h
       set last_seq = m.top, message_count = h.message_count + m.n, last_message_id = m.last_id, last_at = m.at
      from (select n.conversation, max(n.new_seq) as top, count(*) as n, max(n.new_id) as last_id, max(n.new_at) as at
              from numbered n where n.verdict = 'stored' group by n.conversation) m
     where h.conversation_id = m.conversation
  ), read as (
    update participants p set read_seq = r.top
      from (select n.conversation, n.sender, max(n.new_seq) as top
              from numbered n where n.verdict = 'stored' group by n.conversation, n.sender) r
     where p.conversation_id = r.conversation and p.user_id = r.sender and p.read_seq < r.top
  )
  select n.ord, case n.verdict when 'twin' then 'repeat' else n.verdict end,
         case when n.verdict in ('stored', 'twin', 'repeat') then coalesce(n.old_id, n.new_id, first_value(n.new_id) over w) end,
         case when n.verdict in ('stored', 'twin', 'repeat') then coalesce(n.old_seq, n.new_seq, first_value(n.new_seq) over w) end,
         case when n.verdict in ('stored', 'twin', 'repeat') then coalesce(n.old_at, n.new_at, first_value(n.new_at) over w) end,
         n.username, n.profile_picture
    from numbered n window w as (partition by n.conversation, n.sender, n.client order by n.ord);
end $$`)

export async function up(db: Kysely<unknown>): Promise<void> {
  await postMessages.execute(db)
}
