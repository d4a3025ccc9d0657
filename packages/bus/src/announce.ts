// Tells every replica what was committed: encoded once, this process first.
import { type Change, encode, type Level } from '@goftegu/protocol'
import { begin } from '@goftegu/tracing'
import type { Broker } from './broker.ts'
import { conversationChannel } from './channels.ts'

export type AnnouncerOptions = {
  broker: Pick<Broker, 'publish'>
  /** Delivers to this process' own rooms, at once. Absent where the process has none. */
  local?: (conversationId: number, bytes: Buffer) => void
  /** Hears the outcome of each publication. */
  onOutcome?: (outcome: 'published' | 'failed') => void
}

/**
 * Makes the announcer that `createChat({ committed })` and gateways are given. Never waits for the bus, and never
 * throws for it: what cannot be published is nudged later by the broker.
 *
 * This process hears its own publications, too. Changes and read positions are dropped there the second time, by
 * their number; a typing notice has none, so it goes over the bus alone, and straight to the rooms if it cannot.
 */
export function createAnnouncer({ broker, local = () => {}, onOutcome = () => {} }: AnnouncerOptions) {
  return (events: readonly (Change | Level)[]): void => {
    for (const event of events) {
      const { conversation_id } = event
      const bytes = encode(event)
      const isTyping = event.event.type === 'user_typing'
      if (!isTyping) local(conversation_id, bytes)
      const span = begin('publish', { attributes: { 'goftegu.event': event.event.type } })
      void broker.publish(conversationChannel(conversation_id), bytes).then(outcome => {
        span?.setAttribute('goftegu.outcome', outcome).end()
        onOutcome(outcome)
        if (isTyping && outcome === 'failed') local(conversation_id, bytes)
      })
    }
  }
}
