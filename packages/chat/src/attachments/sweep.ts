// Which stored bytes nobody needs any more.
import { sql } from 'kysely'
import type { Context } from '../context.ts'

/** Keys of at most `limit` files whose rows are gone, oldest first: remove their bytes, then `forgetRemovals`. */
export async function listRemovals({ database }: Context, limit: number): Promise<string[]> {
  const rows = await database.db
    .selectFrom('blob_removals')
    .select('blob_key')
    .orderBy('queued_at')
    .limit(limit)
    .execute()
  return rows.map(row => row.blob_key)
}

/** Takes keys whose bytes are removed off the queue. */
export async function forgetRemovals({ database }: Context, keys: readonly string[]): Promise<void> {
  await sql`delete from blob_removals where blob_key = any(${keys}::text[])`.execute(database.db)
}

/** Those of `keys` that an attachment or a queued removal names: the others were left by a crash during an upload. */
export async function knownKeys({ database }: Context, keys: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ blob_key: string }>`
    select blob_key from attachments where blob_key = any(${keys}::text[])
    union select blob_key from blob_removals where blob_key = any(${keys}::text[])`.execute(database.db)
  return new Set(rows.map(row => row.blob_key))
}
