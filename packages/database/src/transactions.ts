// Transactions whose statements judge by a snapshot younger than their locks.
import type { Transaction } from 'kysely'
import type { Db } from './database.ts'
import type { Tables } from './tables.ts'

export type Tx = Transaction<Tables>

/** A conversation's head, locked for this transaction. */
export type LockedHead = { conversation_id: number; last_seq: number; last_at: Date }

/** Whose head is locked: a conversation's, or that of the conversation that a message belongs to (it never moves). */
export type HeadOf = number | { message_id: number }

/**
 * Runs `work` in a READ COMMITTED transaction after locking the conversation's head in a statement of its own, so that
 * whatever `work` reads was committed before the lock was granted. Lock order everywhere: heads by id, then the rest.
 * `head` is null where the conversation does not exist.
 */
export function withHead<T>(db: Db, of: HeadOf, work: (tx: Tx, head: LockedHead | null) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async tx => {
      const head = await tx
        .selectFrom('conversation_heads')
        .select(['conversation_id', 'last_seq', 'last_at'])
        .where('conversation_id', '=', eb =>
          typeof of === 'number'
            ? eb.val(of)
            : eb.selectFrom('messages').select('messages.conversation_id').where('messages.id', '=', of.message_id),
        )
        .forNoKeyUpdate()
        .executeTakeFirst()
      return work(tx, head ?? null)
    })
}
