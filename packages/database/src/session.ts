// A connection's session at PostgreSQL, made ours: nobody else's, and set as we need it.
import { randomUUID } from 'node:crypto'
import type pg from 'pg'

/** A pooler in front hands one session to several clients: prepared statements, settings and the epoch would be mixed up. */
export class SharedSessionError extends Error {
  /** SQLSTATE "the server rejected the connection": who meets it on the way is told to try again. */
  readonly code = '08004'

  constructor() {
    super(
      'a pooler in front of PostgreSQL shares sessions between clients; it must pool by session (pool_mode = session)',
    )
    this.name = 'SharedSessionError'
  }
}

const mark = 'goftegu.session'

/**
 * Marks the session of a new connection, and sets what `settings` names. Sent as statements and not as startup
 * parameters, which PgBouncer refuses or drops.
 * @throws SharedSessionError where another connection has marked it before: then it is not new.
 */
export async function claimSession(client: pg.ClientBase, settings: Record<string, string>): Promise<void> {
  // Apart from the next statement, which would have to be evaluated after it. RESET leaves an empty text behind.
  const { rows } = await client.query<{ owner: string | null }>(
    `select nullif(current_setting('${mark}', true), '') as owner`,
  )
  if (rows[0]?.owner) throw new SharedSessionError()
  const set = { ...settings, [mark]: randomUUID() }
  await client.query('select set_config(name, value, false) from unnest($1::text[], $2::text[]) as s(name, value)', [
    Object.keys(set),
    Object.values(set),
  ])
}
