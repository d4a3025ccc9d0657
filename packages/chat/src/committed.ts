// Hands over what was committed; a listener that throws loses nothing of what follows.
import type { Change, Level } from '@goftegu/protocol'

/** Told of every change after its commit, those of one conversation in the order of one transaction. */
export type Committed = (events: readonly (Change | Level)[]) => void

/** Something went wrong that no caller hears of; `context` says what, without any content. */
export type OnError = (error: unknown, context: string) => void

/** `committed` that never throws: what was committed stays committed, and its sender is told so. */
export function tolerantly(committed: Committed, onError: OnError): Committed {
  return events => {
    if (events.length === 0) return
    try {
      committed(events)
    } catch (error) {
      onError(error, 'announcing a committed change failed')
    }
  }
}
