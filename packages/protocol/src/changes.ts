// A committed change of a conversation, before it is encoded.
import type { ServerEvent } from './server-events.ts'

/** Events that take a number of the conversation's sequence. */
export const numberedTypes = [
  'new_message',
  'message_edited',
  'message_deleted',
  'attachment_added',
  'participant_added',
  'participant_removed',
  'participant_changed',
  'conversation_renamed',
] as const
/** Events that are states: the newest per user wins, and none is stored in the sequence. */
export const levelTypes = ['user_typing', 'read_updated'] as const

export type NumberedType = (typeof numberedTypes)[number]
export type LevelType = (typeof levelTypes)[number]

/** A stored change: what the socket hears, where it belongs, and in which epoch its number was issued. */
export type Change = { conversation_id: number; epoch: string; event: ServerEvent<NumberedType> }
/** A state that passes by: typing, read positions. */
export type Level = { conversation_id: number; epoch: string; event: ServerEvent<LevelType> }
