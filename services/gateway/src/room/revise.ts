// Earlier events of a message, told with what is known of it now.
import type { NumberedType, ServerEvent } from '@goftegu/protocol'
import { keptTextFrame, payloadOf } from '../frame.ts'
import type { RoomEvent } from './event.ts'

type Numbered = ServerEvent<NumberedType>

/**
 * Rewrites an earlier event of a message as a replay from the database would carry it after `change`: the current
 * text, none after a deletion, and the message's current `changed_seq`. Text that was deleted is in no answer.
 */
export function revised(earlier: RoomEvent, change: RoomEvent): RoomEvent {
  const before = parse(earlier)
  const after = parse(change)
  if (!('changed_seq' in before) || !('changed_seq' in after)) return earlier
  if (after.changed_seq < before.changed_seq) return earlier
  const event = { ...withCurrentState(before, after), changed_seq: after.changed_seq }
  return { ...earlier, frame: keptTextFrame(Buffer.from(JSON.stringify(event))) }
}

function withCurrentState(before: Numbered, after: Numbered): Numbered {
  if (after.type === 'message_edited') return withContent(before, after.message.content)
  if (after.type !== 'message_deleted') return before
  return before.type === 'attachment_added' ? { ...before, attachment: null } : withContent(before, '')
}

function withContent(event: Numbered, content: string): Numbered {
  if (event.type === 'new_message') return { ...event, message: { ...event.message, content } }
  if (event.type === 'message_edited') return { ...event, message: { ...event.message, content } }
  return event
}

function parse(event: RoomEvent): Numbered {
  return JSON.parse(payloadOf(event.frame).toString()) as Numbered
}
