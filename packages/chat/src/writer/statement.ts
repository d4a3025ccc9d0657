// The one statement of the writer: a group of messages in, an outcome for each.
import type { Draft } from './entry.ts'

/** What PostgreSQL says of one message of a group; see the migration of `post_messages`. */
export type Outcome = {
  /** 1-based place in the group. */
  ord: number
  outcome: 'stored' | 'repeat' | 'conflict' | 'absent' | 'not_a_participant' | 'busy'
  id: number | null
  seq: number | null
  created_at: Date | null
  username: string | null
  profile_picture: string | null
}

/** As much of `pg` as is needed to run it: a pool, or a client within a transaction. */
export type Queryable = {
  query(query: { name: string; text: string; values: unknown[] }): Promise<{ rows: Outcome[] }>
}

/**
 * Runs `post_messages` for the group, prepared once per connection: one round trip, one commit (its own, outside a
 * transaction). Outcomes come in the order of the drafts.
 */
export async function postMessages(on: Queryable, drafts: readonly Draft[], wait: boolean): Promise<Outcome[]> {
  const { rows } = await on.query({
    name: 'post_messages',
    text: 'select * from post_messages($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5) order by ord',
    values: [
      drafts.map(draft => draft.conversation_id),
      drafts.map(draft => draft.sender_id),
      drafts.map(draft => draft.key),
      drafts.map(draft => draft.content),
      wait,
    ],
  })
  return rows
}
