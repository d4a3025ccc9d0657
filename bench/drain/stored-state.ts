// The whole database as the oracle wants it, read once when all is quiet.
import type { Database } from '@goftegu/database'
import type { DatabaseState } from '@goftegu/testkit'

/** The newest number of each conversation. */
export async function readHeads({ db }: Database): Promise<Map<number, number>> {
  const heads = await db.selectFrom('conversation_heads').select(['conversation_id', 'last_seq']).execute()
  return new Map(heads.map(({ conversation_id, last_seq }) => [conversation_id, last_seq]))
}

/** Every conversation; nobody here joins later, so all of it is visible to each participant. */
export async function readState(database: Database): Promise<DatabaseState> {
  const { db } = database
  const [heads, participants, messages, changes] = await Promise.all([
    readHeads(database),
    db.selectFrom('participants').select(['conversation_id', 'user_id', 'visible_from']).execute(),
    db
      .selectFrom('messages')
      .select(['conversation_id', 'id', 'seq', 'changed_seq', 'sender_id', 'client_id', 'content', 'deleted_at'])
      .execute(),
    db.selectFrom('conversation_changes').select(['conversation_id', 'seq', 'type', 'data']).orderBy('seq').execute(),
  ])
  const of = <Row extends { conversation_id: number }>(rows: Row[]) => {
    const groups = Map.groupBy(rows, row => row.conversation_id)
    return (id: number) => groups.get(id) ?? []
  }
  const [participantsOf, messagesOf, changesOf] = [of(participants), of(messages), of(changes)]
  const conversations = [...heads].map(([id, last_seq]) => ({
    ...{ id, last_seq, participants: participantsOf(id) },
    messages: messagesOf(id).map(({ deleted_at, ...message }) => ({ ...message, is_deleted: deleted_at !== null })),
    changes: changesOf(id).map(({ seq, type, data }) => ({ seq, type, user_id: data.user_id, visible_from: 1 })),
  }))
  return { conversations }
}
