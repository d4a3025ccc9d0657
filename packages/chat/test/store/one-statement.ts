// The control: post_messages() with both its statements folded into one, as it must never be.
import type { Database } from '@goftegu/database'
import { sql } from 'kysely'

/** Replaces the function of this database by one that judges by what it saw before it waited for the locks. */
export async function foldIntoOneStatement(database: Database): Promise<void> {
  const { rows } = await sql<{ source: string }>`
    select pg_get_functiondef('post_messages'::regproc) as source`.execute(database.db)
  const source = rows[0]!.source
  const folded = source
    .replace(
      /if _wait then[\s\S]*?end if;\s*return query\s*with looked/,
      `return query
       with locked as materialized (select h.* from conversation_heads h where h.conversation_id = any(_conversation)
                                     order by h.conversation_id for no key update), looked`,
    )
    .replace(
      'from conversation_heads h where h.conversation_id = i.conversation',
      'from locked h where h.conversation_id = i.conversation',
    )
    .replace(/when f\.conversation <> all\(_held\) then 'busy'/, '')
  if (!folded.includes('from locked h') || folded.includes('_held)'))
    throw new Error('post_messages() has changed: fold it anew')
  await sql.raw(folded).execute(database.db)
}
