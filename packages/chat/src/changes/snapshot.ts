// What a room needs to open: heads, participants and epoch, as of one moment.
import { sql } from 'kysely'
import type { Context } from '../context.ts'

export type RoomParticipant = { user_id: number; visible_from: number; read_seq: number }
export type RoomSnapshot = { last_seq: number; participants: RoomParticipant[] }
export type Snapshot = { epoch: string; conversations: Map<number, RoomSnapshot> }

/** One round trip to the primary; conversations that do not exist are missing from the map. */
export async function readSnapshot({ database }: Context, ids: readonly number[]): Promise<Snapshot> {
  const { rows } = await sql<{ epoch: string; conversations: [number, RoomSnapshot][] }>`
    select current_epoch() as epoch, coalesce((
      select json_agg(json_build_array(h.conversation_id, json_build_object(
               'last_seq', h.last_seq, 'participants', coalesce(p.all, '[]'))))
        from conversation_heads h
        left join lateral (
          select json_agg(json_build_object('user_id', p.user_id, 'visible_from', p.visible_from,
                                            'read_seq', p.read_seq) order by p.user_id) as all
            from participants p where p.conversation_id = h.conversation_id) p on true
       where h.conversation_id = any(${ids}::bigint[])), '[]') as conversations`.execute(database.db)
  const { epoch, conversations } = rows[0]!
  return { epoch, conversations: new Map(conversations) }
}
