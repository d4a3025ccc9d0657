// Rows as the wire's resources: SQL that builds their JSON, and what only this process can add.
import type { Attachment, Message, User } from '@goftegu/protocol'
import { type RawBuilder, sql } from 'kysely'

/** A `timestamptz` as the wire writes it: UTC, milliseconds, `Z`, like `Date.toISOString()`. */
export function isoTime(column: string): RawBuilder<string> {
  return sql`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

/** A `User` from the row of `users` that is called `alias`. */
export function userJson(alias: string): RawBuilder<User> {
  const of = (column: string) => sql.ref(`${alias}.${column}`)
  return sql`json_build_object('id', ${of('id')}, 'username', ${of('username')}, 'first_name', ${of('first_name')},
    'last_name', ${of('last_name')}, 'profile_picture', ${of('profile_picture')})`
}

/** An attachment before it has its URL. */
export type AttachmentRow = Omit<Attachment, 'file'> & { file_name: string }
/** A message before its attachments have their URLs. */
export type MessageRow = Omit<Message, 'attachments'> & { attachments: AttachmentRow[] }

/**
 * The two participants of a conversation that have read least, as one row: enough to know of any message whether
 * everyone but its sender has read it, without looking at all participants for each message.
 */
export function leastRead(conversationId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(select l.users[1] as first_user, l.positions[1] as first_read, l.positions[2] as second_read
    from (select array_agg(t.user_id) as users, array_agg(t.read_seq) as positions
            from (select p.user_id, p.read_seq from participants p where p.conversation_id = ${conversationId}
                   order by p.read_seq, p.user_id limit 2) t) l)`
}

/** A `MessageRow` from the rows `m` (messages), `u` (its sender) and `least` (`leastRead`). */
export const messageJson: RawBuilder<MessageRow> = sql`json_build_object(
  'id', m.id, 'conversation', m.conversation_id, 'sender', ${userJson('u')}, 'content', m.content,
  'timestamp', ${isoTime('m.created_at')},
  'is_read', coalesce(m.seq <= case when least.first_user = m.sender_id then least.second_read else least.first_read end, false),
  'is_edited', m.edited_at is not null, 'is_deleted', m.deleted_at is not null,
  'attachments', coalesce((select json_agg(json_build_object('id', a.id, 'message', a.message_id,
    'file_name', a.file_name, 'uploaded_at', ${isoTime('a.uploaded_at')}) order by a.id)
    from attachments a where a.message_id = m.id), '[]'),
  'seq', m.seq, 'changed_seq', m.changed_seq)`

/** The attachment with its absolute URL: from the configured origin, never from a request's `Host`. */
export function toAttachment(publicUrl: string, { id, message, file_name, uploaded_at }: AttachmentRow): Attachment {
  const file = `${publicUrl}/api/attachments/${id}/${encodeURIComponent(file_name)}`
  return { id, message, file, uploaded_at }
}

/** The message as REST answers it. */
export function toMessage(publicUrl: string, row: MessageRow): Message {
  return { ...row, attachments: row.attachments.map(attachment => toAttachment(publicUrl, attachment)) }
}
