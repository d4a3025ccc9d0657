// One change of a conversation: locked head, verdict, number, commit, announcement.
import { type HeadOf, isRolledBack, type LockedHead, type Tx, withHead } from '@goftegu/database'
import type { Change } from '@goftegu/protocol'
import type { Context } from './context.ts'

/** What a change came to: the result for its caller, and the events to announce (none where nothing changed). */
export type Effect<T> = { result: T; events: Change['event'][] }

/** How often a transaction that was rolled back (deadlock, lock_timeout) is run before its caller hears of it. */
const attempts = 3

/**
 * Runs `work` under the conversation's lock and announces its events once they are committed. A transaction that was
 * certainly rolled back runs again, so `work` must do nothing but query; any other failure is the caller's.
 */
export async function changeConversation<T>(
  context: Context,
  of: HeadOf,
  work: (tx: Tx, head: LockedHead | null) => Promise<Effect<T>>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await changeOnce(context, of, work)
    } catch (error) {
      if (attempt === attempts || !isRolledBack(error)) throw error
    }
  }
}

async function changeOnce<T>(
  { database, committed }: Context,
  of: HeadOf,
  work: (tx: Tx, head: LockedHead | null) => Promise<Effect<T>>,
): Promise<T> {
  let conversation_id = 0
  const { result, events } = await withHead(database.db, of, (tx, head) => {
    conversation_id = head?.conversation_id ?? 0
    return work(tx, head)
  })
  committed(events.map(event => ({ conversation_id, epoch: database.epoch, event })))
  return result
}
