// What the database holds after a run, as the oracle wants it read: once, when all is quiet.

/** A message as stored, its text the current one. */
export type StoredMessage = {
  id: number
  seq: number
  changed_seq: number
  sender_id: number
  client_id: string
  content: string
  is_deleted: boolean
}

/** A numbered change that is not a new message. */
export type StoredChange = {
  seq: number
  type: string
  /** Of a change of a message: which; then what a reader was handed under the number has to be about it. */
  message_id?: number | null
  /** Of `participant_added`, `participant_removed` and `participant_changed`: whom. */
  user_id?: number | null
  /** Of `participant_added`: from which number on that user sees; 1 if not given. */
  visible_from?: number | null
}

export type ConversationState = {
  id: number
  last_seq: number
  /** Those of now. */
  participants: { user_id: number; visible_from: number }[]
  messages: StoredMessage[]
  changes: StoredChange[]
}

export type DatabaseState = {
  conversations: ConversationState[]
  /** Which history this is; not given where there was one alone. */
  epoch?: string
}
