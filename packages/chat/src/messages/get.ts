// One message, for whoever may see it.
import { ChatError, type Message } from '@goftegu/protocol'
import { sql } from 'kysely'
import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'
import { leastRead, type MessageRow, messageJson, toMessage } from '../rows.ts'

/**
 * The message as it is now.
 * @throws ChatError `message_not_found`, to strangers and for what lies before a participant's `visible_from` too
 */
export async function getMessage({ database, publicUrl }: Context, actor: Actor, id: number): Promise<Message> {
  const { rows } = await sql<{ message: MessageRow }>`
    select ${messageJson} as message
      from messages m join users u on u.id = m.sender_id cross join lateral ${leastRead(sql.ref('m.conversation_id'))} least
      left join participants me on me.conversation_id = m.conversation_id and me.user_id = ${actor.id}
     where m.id = ${id} and (${actor.is_staff} or m.seq >= me.visible_from)`.execute(database.db)
  const row = rows[0]
  if (!row) throw new ChatError('message_not_found')
  return toMessage(publicUrl(), row.message)
}
