// Ids as they stand in paths: what is none is not there.
import { ChatError, type ErrorCode, parseId } from '@goftegu/protocol'
import { Type } from 'typebox'

/** An id in a path. Its form is judged by the functions below, so that a wrong one is 404 and not 400. */
export const PathId = Type.String({ description: 'An id: ^[1-9][0-9]{0,15}$; anything else is not found.' })

/** Reads a conversation's id; throws conversation_not_found where it can be none. */
export const conversationId = (text: string) => idOr('conversation_not_found', text)
/** Reads a message's id; throws message_not_found where it can be none. */
export const messageId = (text: string) => idOr('message_not_found', text)
/** Reads an attachment's id; throws attachment_not_found where it can be none. */
export const attachmentId = (text: string) => idOr('attachment_not_found', text)

function idOr(absent: ErrorCode, text: string): number {
  const id = parseId(text)
  if (id === null) throw new ChatError(absent)
  return id
}
