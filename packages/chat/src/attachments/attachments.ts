// Rows of attachments: who may add and see them. Their bytes are somebody else's.
import { type Attachment, ChatError, type Role } from '@goftegu/protocol'
import { sql } from 'kysely'
import type { Actor } from '../actor.ts'
import { changeConversation } from '../change-conversation.ts'
import type { Context } from '../context.ts'
import { assertMay, messageFor } from '../messages/locked-message.ts'
import { toAttachment } from '../rows.ts'
import { recordChange } from '../sequence.ts'

/** Where a file is to be attached, as the path of the request says. */
export type Place = { conversation_id: number; message_id: number }
/** A stored file. `blob_key` names its bytes, `byte_size` counts them. */
export type File = { blob_key: string; file_name: string; media_type: string; byte_size: number }

/**
 * Whether the actor may attach to the message, asked before an upload is read.
 * @throws ChatError `message_not_found`, `forbidden` (not the sender), `message_deleted`
 */
export async function checkAttach({ database }: Context, actor: Actor, place: Place): Promise<void> {
  const { rows } = await sql<{
    seq: number
    sender_id: number
    is_deleted: boolean
    role: Role | null
    visible_from: number | null
  }>`
    select m.seq, m.sender_id, m.deleted_at is not null as is_deleted, p.role, p.visible_from from messages m
      left join participants p on p.conversation_id = m.conversation_id and p.user_id = ${actor.id}
     where m.id = ${place.message_id} and m.conversation_id = ${place.conversation_id}`.execute(database.db)
  const message = rows[0]
  if (!message) throw new ChatError('message_not_found')
  assertMay('attach', actor, message)
  if (message.is_deleted) throw new ChatError('message_deleted')
}

/**
 * Attaches a file whose bytes are stored already, and announces `attachment_added`.
 * @throws ChatError as `checkAttach`
 */
export function addAttachment(context: Context, actor: Actor, { ...file }: Place & File): Promise<Attachment> {
  const { message_id, conversation_id, blob_key, file_name, media_type, byte_size } = file
  return changeConversation(context, conversation_id, async (tx, head) => {
    const message = await messageFor(tx, head, actor, 'attach', file)
    if (message.deleted_at) throw new ChatError('message_deleted')
    const row = await tx
      .insertInto('attachments')
      .values({ message_id, blob_key, file_name, media_type, byte_size })
      .returning(['id', 'uploaded_at'])
      .executeTakeFirstOrThrow()
    const data = { attachment_id: row.id }
    const seq = await recordChange(tx, head!, { type: 'attachment_added', message_id, actor_id: actor.id, data })
    const uploaded_at = row.uploaded_at.toISOString()
    const attachment = toAttachment(context.publicUrl(), { id: row.id, message: message_id, file_name, uploaded_at })
    return {
      result: attachment,
      events: [{ type: 'attachment_added', seq, changed_seq: seq, message_id, attachment }],
    }
  })
}

/**
 * The file behind an attachment, for whoever may see its message.
 * @throws ChatError `attachment_not_found`
 */
export async function findAttachment({ database }: Context, actor: Actor, attachment_id: number): Promise<File> {
  const { rows } = await sql<File>`
    select a.blob_key, a.file_name, a.media_type, a.byte_size
      from attachments a join messages m on m.id = a.message_id
      left join participants p on p.conversation_id = m.conversation_id and p.user_id = ${actor.id}
     where a.id = ${attachment_id} and (${actor.is_staff} or m.seq >= p.visible_from)`.execute(database.db)
  const file = rows[0]
  if (!file) throw new ChatError('attachment_not_found')
  return file
}
