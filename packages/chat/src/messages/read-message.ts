// One message as the wire shows it, for whoever was already found to be allowed to see it.
import type { Db, Tx } from '@goftegu/database'
import type { Message } from '@goftegu/protocol'
import { sql } from 'kysely'
import { leastRead, type MessageRow, messageJson, toMessage } from '../rows.ts'

/** The message as it is now; within a transaction, as that transaction sees it. It must exist. */
export async function readMessage(db: Db | Tx, publicUrl: string, id: number): Promise<Message> {
  const { rows } = await sql<{ message: MessageRow }>`
    select ${messageJson} as message
      from messages m join users u on u.id = m.sender_id cross join lateral ${leastRead(sql.ref('m.conversation_id'))} least
     where m.id = ${id}`.execute(db)
  return toMessage(publicUrl, rows[0]!.message)
}
