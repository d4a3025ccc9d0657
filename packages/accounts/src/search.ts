// Finding people by the beginning of their username or name.
import type { Db } from '@goftegu/database'
import { isStorable, maxSearchResults, type User } from '@goftegu/protocol'
import { sql } from 'kysely'
import { usernameKey } from './credentials.ts'
import { toUser } from './users.ts'

/**
 * At most 20 users whose username, first name, last name or "first last" begins with `text`, without case.
 * Nobody for a text that is blank or could not be stored.
 */
export async function searchUsers(db: Db, text: string): Promise<User[]> {
  const wanted = text.trim()
  if (wanted === '' || !isStorable(wanted)) return []
  const name = prefixPattern(wanted)
  const firstWord = prefixPattern(wanted.split(/\s+/, 1)[0]!)
  // Each branch walks one prefix index to its own limit; a single OR would rather read the whole table in order.
  const columns = sql`id, username, username_key, first_name, last_name, profile_picture`
  const branch = (condition: ReturnType<typeof sql>) =>
    sql`(select ${columns} from users where ${condition} limit ${sql.lit(maxSearchResults)})`
  const { rows } = await sql<User>`
    select ${columns} from (
      ${branch(sql`username_key like ${prefixPattern(usernameKey(wanted))}`)} union
      ${branch(sql`lower(first_name) like lower(${name})`)} union
      ${branch(sql`lower(last_name) like lower(${name})`)} union
      ${branch(sql`lower(first_name) like lower(${firstWord}) and lower(first_name || ' ' || last_name) like lower(${name})`)}
    ) as found
    order by username_key limit ${sql.lit(maxSearchResults)}`.execute(db)
  return rows.map(toUser)
}

/** `text` as a LIKE pattern for what begins with it: its own wildcards are letters. */
function prefixPattern(text: string): string {
  return `${text.replace(/[\\%_]/g, '\\$&')}%`
}
