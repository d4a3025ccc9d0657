// Where conversations stand now.
import { sql } from 'kysely'
import type { Context } from '../context.ts'

export type Heads = { epoch: string; heads: Map<number, number> }

/** The newest number of each conversation that exists, and the epoch, in one snapshot of the primary. */
export async function readHeads({ database }: Context, ids: readonly number[]): Promise<Heads> {
  const { rows } = await sql<{ epoch: string; heads: [number, number][] }>`
    select current_epoch() as epoch, coalesce((select json_agg(json_build_array(h.conversation_id, h.last_seq))
      from conversation_heads h where h.conversation_id = any(${ids}::bigint[])), '[]') as heads`.execute(database.db)
  const { epoch, heads } = rows[0]!
  return { epoch, heads: new Map(heads) }
}
