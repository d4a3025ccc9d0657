// Takes the next number of a conversation for a change that is not a new message.
import type { ChangeData, LockedHead, Tables, Tx } from '@goftegu/database'
import { sql } from 'kysely'

export type RecordedChange = {
  type: Tables['conversation_changes']['type']
  actor_id: number
  message_id?: number
  data?: ChangeData
}

/**
 * Writes the change under the head's next number, moves the head, and marks the message that it touched, in one
 * statement. Returns the number. `head` must be locked by this transaction (`withHead`).
 */
export async function recordChange(tx: Tx, head: LockedHead, change: RecordedChange): Promise<number> {
  const { type, actor_id, message_id = null, data = {} } = change
  const seq = head.last_seq + 1
  await sql`
    with moved as (
      update conversation_heads set last_seq = ${seq} where conversation_id = ${head.conversation_id}
    ), touched as (
      update messages set changed_seq = ${seq} where id = ${message_id}::bigint
    )
    insert into conversation_changes (conversation_id, seq, type, message_id, actor_id, data)
    values (${head.conversation_id}, ${seq}, ${type}, ${message_id}, ${actor_id}, ${JSON.stringify(data)})
  `.execute(tx)
  head.last_seq = seq
  return seq
}
