// Reads the database as the oracle wants it: once, when all is quiet.
import type { Database } from '@goftegu/database'
import type { ConversationState, DatabaseState } from '@goftegu/testkit'

/** The newest number of each conversation; of these alone, where others write to the same database. */
export async function readHeads({ db }: Pick<Database, 'db'>, ids?: readonly number[]): Promise<Map<number, number>> {
  const heads = await db
    .selectFrom('conversation_heads')
    .select(['conversation_id', 'last_seq'])
    .$if(ids !== undefined, query => query.where('conversation_id', 'in', ids ?? []))
    .execute()
  return new Map(heads.map(({ conversation_id, last_seq }) => [conversation_id, last_seq]))
}

/** One state of all of it, also where somebody still writes: a run that failed is judged too. */
export async function readState({ db }: Database, conversationIds: readonly number[]): Promise<DatabaseState> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async transaction => {
      const heads = await readHeads({ db: transaction }, conversationIds)
      const conversations: ConversationState[] = []
      for (const id of conversationIds) conversations.push(await readConversation(transaction, id, heads.get(id) ?? 0))
      const { epoch } = await transaction
        .selectNoFrom(({ fn }) => fn<string>('current_epoch').as('epoch'))
        .executeTakeFirstOrThrow()
      return { conversations, epoch }
    })
}

async function readConversation(db: Database['db'], id: number, last_seq: number): Promise<ConversationState> {
  const { history } = await db
    .selectFrom('conversations')
    .select('history')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const participants = await db
    .selectFrom('participants')
    .select(['user_id', 'visible_from'])
    .where('conversation_id', '=', id)
    .execute()
  const messages = await db
    .selectFrom('messages')
    .select(['id', 'seq', 'changed_seq', 'sender_id', 'client_id', 'content', 'deleted_at'])
    .where('conversation_id', '=', id)
    .execute()
  const changes = await db
    .selectFrom('conversation_changes')
    .select(['seq', 'type', 'message_id', 'data'])
    .where('conversation_id', '=', id)
    .orderBy('seq')
    .execute()
  return {
    id,
    last_seq,
    participants,
    messages: messages.map(({ deleted_at, ...message }) => ({ ...message, is_deleted: deleted_at !== null })),
    changes: changes.map(({ seq, type, message_id, data: { user_id } }) => ({
      ...{ seq, type, message_id, user_id },
      visible_from: history === 'joined' ? seq : 1,
    })),
  }
}
