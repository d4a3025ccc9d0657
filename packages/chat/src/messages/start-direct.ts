// Creates a direct conversation together with its first message, in one transaction.
import type { Tx } from '@goftegu/database'
import { ChatError } from '@goftegu/protocol'
import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Draft, Stored } from '../writer/entry.ts'
import { newMessage } from '../writer/settle.ts'
import type { Outcome } from '../writer/statement.ts'

/** Two users in the order of their ids: there is one pair of them. */
export type Pair = { low: number; high: number }

export function pairOf(one: number, other: number): Pair {
  return { low: Math.min(one, other), high: Math.max(one, other) }
}

/**
 * Takes the pair, and creates its conversation with `draft` as the first message. Returns the conversation's id alone,
 * with nothing stored, where somebody else created it meanwhile.
 * @throws ChatError `user_not_found`
 */
export async function startDirect(
  context: Context,
  recipient_id: number,
  draft: Omit<Draft, 'conversation_id'>,
): Promise<Stored | number> {
  const { database, committed } = context
  const pair = pairOf(draft.sender_id, recipient_id)
  const started = await database.db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async tx => {
      const { id, isNew } = await takePair(tx, pair, recipient_id)
      return isNew ? { id, outcome: await createWith(tx, id, pair, draft) } : { id, outcome: null }
    })
  const { id: conversation_id, outcome } = started
  if (!outcome) return conversation_id
  committed([newMessage({ ...draft, conversation_id }, outcome, database.epoch)])
  const { id, seq, created_at } = outcome
  return { outcome: 'stored', conversation_id, message_id: id!, seq: seq!, created_at: created_at! }
}

/** `do update`, because `do nothing` gives the loser of a race no row; the update also waits for the winner's commit. */
async function takePair(tx: Tx, { low, high }: Pair, recipient_id: number): Promise<{ id: number; isNew: boolean }> {
  const { rows } = await sql<{ id: number; is_new: boolean }>`
    insert into direct_pairs (low, high, conversation_id)
    select ${low}, ${high}, nextval('conversations_id_seq') where exists (select from users where id = ${recipient_id})
    on conflict (low, high) do update set low = excluded.low
    returning conversation_id as id, xmax = 0 as is_new`.execute(tx)
  const row = rows[0]
  if (!row) throw new ChatError('user_not_found')
  return { id: row.id, isNew: row.is_new }
}

async function createWith(tx: Tx, id: number, pair: Pair, draft: Omit<Draft, 'conversation_id'>): Promise<Outcome> {
  await sql`
    with conversation as (
      insert into conversations (id, kind) values (${id}, 'direct')
    ), head as (
      insert into conversation_heads (conversation_id) values (${id})
    )
    insert into participants (conversation_id, user_id) values (${id}, ${pair.low}), (${id}, ${pair.high})`.execute(tx)
  const { rows } = await sql<Outcome>`
    select * from post_messages(array[${id}::bigint], array[${draft.sender_id}::bigint], array[${draft.key}::text],
                                array[${draft.content}::text], true)`.execute(tx)
  return rows[0]!
}
