// Stored changes of conversations as events, each with the current text.
import type { ChangeData, Database } from '@goftegu/database'
import { type Change, type EventUser, isServerKey, type NumberedType } from '@goftegu/protocol'
import { sql } from 'kysely'
import { type AttachmentRow, isoTime, toAttachment } from '../rows.ts'

/** The changes with `since < seq <= until`. What lies before `visible_from` is left out, and its text is in nothing. */
export type Range = { conversation_id: number; since: number; until: number; visible_from?: number }

type Row = {
  range: number
  conversation_id: number
  epoch: string
  seq: number
  type: NumberedType
  message_id: number | null
  changed_seq: number
  content: string
  client_id: string
  timestamp: string
  user: EventUser | null
  attachment: AttachmentRow | null
  data: ChangeData
}

/**
 * Reads ranges of several conversations in one round trip, at most `limit` changes of each, ordered by conversation
 * and number; each change says which of `ranges` it is of, by index. A message that is not visible keeps its changes' numbers, but shows neither text nor file.
 */
export async function readChanges(
  database: Database,
  publicUrl: string,
  ranges: readonly Range[],
  limit: number,
): Promise<{ range: number; change: Change }[]> {
  const of = (column: keyof Range) => sql`${ranges.map(range => range[column] ?? 1)}::bigint[]`
  const { rows } = await sql<Row>`
    select (r.n - 1)::int as range, r.conversation_id, current_epoch() as epoch, c.seq, c.type, c.message_id, coalesce(m.changed_seq, 0) as changed_seq,
           case when m.seq >= r.visible_from then m.content else '' end as content, m.client_id, ${isoTime('m.created_at')} as timestamp,
           json_build_object('id', u.id, 'username', u.username, 'profile_picture', u.profile_picture) as user, c.data,
           case when a.id is not null and m.seq >= r.visible_from then json_build_object(
             'id', a.id, 'message', a.message_id, 'file_name', a.file_name, 'uploaded_at', ${isoTime('a.uploaded_at')}) end as attachment
      from unnest(${of('conversation_id')}, ${of('since')}, ${of('until')}, ${of('visible_from')})
             with ordinality as r(conversation_id, since, until, visible_from, n)
      cross join lateral (
        (select s.seq, 'new_message' as type, s.id as message_id, s.sender_id as user_id, '{}'::jsonb as data from messages s
          where s.conversation_id = r.conversation_id and s.seq > r.since and s.seq <= r.until and s.seq >= r.visible_from
          order by s.seq limit ${limit})
        union all
        (select s.seq, s.type, s.message_id, (s.data->>'user_id')::bigint, s.data from conversation_changes s
          where s.conversation_id = r.conversation_id and s.seq > r.since and s.seq <= r.until and s.seq >= r.visible_from
          order by s.seq limit ${limit})
        order by seq limit ${limit}
      ) c
      left join messages m on m.id = c.message_id
      left join users u on u.id = c.user_id
      left join attachments a on a.id = (c.data->>'attachment_id')::bigint
     order by r.conversation_id, r.n, c.seq`.execute(database.db)
  return rows.map(row => ({
    range: row.range,
    change: { conversation_id: row.conversation_id, epoch: row.epoch, event: toEvent(publicUrl, row) },
  }))
}

function toEvent(publicUrl: string, row: Row): Change['event'] {
  const { type, seq, changed_seq, content, data } = row
  const message_id = row.message_id!
  switch (type) {
    case 'new_message': {
      const message = { id: message_id, sender: row.user!, content, timestamp: row.timestamp }
      return { type, seq, changed_seq, ...(!isServerKey(row.client_id) && { client_id: row.client_id }), message }
    }
    case 'message_edited':
      return { type, seq, changed_seq, message: { id: message_id, content } }
    case 'message_deleted':
      return { type, seq, changed_seq, message_id }
    case 'attachment_added':
      return {
        type,
        seq,
        changed_seq,
        message_id,
        attachment: row.attachment && toAttachment(publicUrl, row.attachment),
      }
    case 'participant_added':
      return { type, seq, user: row.user!, role: data.role! }
    case 'participant_removed':
      return { type, seq, user_id: data.user_id! }
    case 'participant_changed':
      return { type, seq, user_id: data.user_id!, role: data.role! }
    case 'conversation_renamed':
      return { type, seq, title: data.title! }
    default:
      // Stored by a later version beside which this one still runs: its number is told, or the sequence would stop here.
      return { type, seq } as never
  }
}
