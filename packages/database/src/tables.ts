// The tables, as types: the same nouns as on the wire.
import type { Role } from '@goftegu/protocol'
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>

export type Tables = {
  installation: { is_single: Generated<boolean>; epoch_key: Generated<string>; content_key: Generated<Buffer> }
  users: {
    id: GeneratedAlways<number>
    username: string
    /** The username as it is compared: normalised, without case. */
    username_key: string
    first_name: Generated<string>
    last_name: Generated<string>
    profile_picture: string | null
    password_hash: string
    is_staff: Generated<boolean>
    created_at: Timestamp
  }
  sessions: {
    id: GeneratedAlways<number>
    /** SHA-256 of the token; the token itself is stored nowhere. */
    token_hash: Buffer
    user_id: number
    created_at: Timestamp
    last_used_at: Timestamp
    expires_at: ColumnType<Date, Date | string, Date | string>
  }
  conversations: {
    id: Generated<number>
    kind: 'direct' | 'group'
    title: string | null
    /** What somebody who joins sees: the whole history, or what comes from joining on. */
    history: Generated<'all' | 'joined'>
    created_at: Timestamp
  }
  conversation_heads: {
    conversation_id: number
    last_seq: Generated<number>
    message_count: Generated<number>
    last_message_id: number | null
    last_at: Timestamp
  }
  direct_pairs: { low: number; high: number; conversation_id: number }
  participants: {
    conversation_id: number
    user_id: number
    role: Generated<Role>
    joined_seq: Generated<number>
    visible_from: Generated<number>
    read_seq: Generated<number>
  }
  messages: {
    id: GeneratedAlways<number>
    conversation_id: number
    seq: number
    changed_seq: number
    sender_id: number
    client_id: string
    content: string
    content_hash: Buffer
    created_at: ColumnType<Date, Date | string, Date | string>
    edited_at: Date | null
    deleted_at: Date | null
  }
  message_revisions: { message_id: number; changed_seq: number; content: string }
  conversation_changes: {
    conversation_id: number
    seq: number
    type:
      | 'message_edited'
      | 'message_deleted'
      | 'attachment_added'
      | 'participant_added'
      | 'participant_removed'
      | 'participant_changed'
      | 'conversation_renamed'
    message_id: number | null
    actor_id: number | null
    /** What the event says beyond message and actor; never a message's text. */
    data: ColumnType<ChangeData, string, string>
    created_at: Timestamp
  }
  attachments: {
    id: GeneratedAlways<number>
    message_id: number
    blob_key: string
    file_name: string
    media_type: string
    byte_size: number
    uploaded_at: Timestamp
  }
  blob_removals: { blob_key: string; queued_at: Timestamp }
  /** `byte_size` is null until the last byte is there. */
  blobs: { key: string; byte_size: number | null; touched_at: Timestamp }
  blob_chunks: { blob_key: string; first_byte: number; bytes: Buffer }
}

/** `conversation_changes.data`: which fields are there depends on the change's type. */
export type ChangeData = { attachment_id?: number; user_id?: number; role?: Role; title?: string }
