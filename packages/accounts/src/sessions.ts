// Sessions: made, checked, listed and ended; a session's end is told after its commit.
import type { Db } from '@goftegu/database'
import type { User } from '@goftegu/protocol'
import { sql } from 'kysely'
import { hashToken, isToken } from './tokens.ts'
import { toUser } from './users.ts'

/** How long a session lives after its last use, in seconds: 14 days. */
export const sessionLifetimeSeconds = 14 * 24 * 3_600
/** A use is written when the last one that was is so long ago. */
const useIntervalSeconds = 5 * 60
/** …and that of an open socket, which is looked at every 30 seconds. */
const socketUseIntervalSeconds = 3_600
/** Expired sessions that one login sweeps away: more than it makes, so that they cannot pile up. */
const sweepBatch = 20

const seconds = (count: number) => sql`${sql.lit(count)} * interval '1 second'`
const newExpiry = sql`now() + ${seconds(sessionLifetimeSeconds)}`

/** Who asks. `renewed`: this check wrote the use down and the expiry moved, so a cookie is due to move with it. */
export type Principal = { user: User; is_staff: boolean; session_id: number; renewed: boolean }

/**
 * Makes a session for the user whose stored hash is still `passwordHash`, and sweeps some expired ones.
 * `session_id` is null where the password was changed meanwhile. The share lock waits for a change under way, and a
 * change waits for it: no session of the old password outlives the change.
 */
export async function createSession(
  db: Db,
  token: string,
  userId: number,
  passwordHash: string,
): Promise<{ session_id: number | null; expired: number[] }> {
  const { rows } = await sql<{ session_id: number | null; expired: number[] }>`
    with owner as (
      select id from users where id = ${userId} and password_hash = ${passwordHash} for share
    ), made as (
      insert into sessions (token_hash, user_id, expires_at)
      select ${hashToken(token)}, id, ${newExpiry} from owner returning id
    ), expired as (
      delete from sessions where id in (
        select id from sessions where expires_at <= now() order by expires_at limit ${sql.lit(sweepBatch)}
        for update skip locked
      ) returning id
    )
    select (select id from made) as session_id, (select coalesce(json_agg(id), '[]') from expired) as expired`.execute(
    db,
  )
  return rows[0]!
}

type PrincipalRow = User & { is_staff: boolean; session_id: number; renewed: boolean; nth: number }

/**
 * Who each token belongs to, null where nobody; one query for all, which also slides the expiries when five minutes have
 * passed. A session that another query is just writing to is left to that one: two of them would wait for each other.
 */
export async function authenticate(db: Db, tokens: readonly string[]): Promise<(Principal | null)[]> {
  const principals: (Principal | null)[] = tokens.map(() => null)
  const hashes = tokens.map(token => (isToken(token) ? hashToken(token) : null))
  if (hashes.every(hash => hash === null)) return principals
  const { rows } = await sql<PrincipalRow>`
    with asked as (
      select token_hash, nth from unnest(${hashes}::bytea[]) with ordinality as a(token_hash, nth)
    ), due as (
      select id from sessions where token_hash = any(${hashes}::bytea[]) and expires_at > now()
        and last_used_at < now() - ${seconds(useIntervalSeconds)}
      for update skip locked
    ), used as (
      update sessions set last_used_at = now(), expires_at = ${newExpiry}
      where id in (select id from due) returning id
    )
    select users.id, username, first_name, last_name, profile_picture, is_staff, sessions.id as session_id,
      sessions.id in (select id from used) as renewed, (asked.nth - 1)::int as nth
    from asked join sessions using (token_hash) join users on users.id = sessions.user_id
    where expires_at > now()`.execute(db)
  for (const row of rows) {
    const { nth, is_staff, session_id, renewed } = row
    principals[nth] = { user: toUser(row), is_staff, session_id, renewed }
  }
  return principals
}

/** Those of `ids` that are alive, with whose they are now; one query. An open socket is a use, written once an hour. */
export async function checkSessions(
  db: Db,
  ids: number[],
): Promise<Map<number, { user_id: number; is_staff: boolean }>> {
  const { rows } = await sql<{ id: number; user_id: number; is_staff: boolean }>`
    with used as (
      update sessions set last_used_at = now(), expires_at = ${newExpiry}
      where id = any(${ids}::bigint[]) and expires_at > now()
        and last_used_at < now() - ${seconds(socketUseIntervalSeconds)}
    )
    select sessions.id, user_id, is_staff
    from sessions join users on users.id = sessions.user_id
    where sessions.id = any(${ids}::bigint[]) and expires_at > now()`.execute(db)
  return new Map(rows.map(({ id, user_id, is_staff }) => [id, { user_id, is_staff }]))
}

/** A session as its owner sees it in the list. */
export type SessionEntry = { id: number; created_at: Date; last_used_at: Date; current: boolean }

/** The caller's sessions that are alive, most recently used first. */
export async function listSessions(db: Db, { user, session_id }: Principal): Promise<SessionEntry[]> {
  const rows = await db
    .selectFrom('sessions')
    .select(['id', 'created_at', 'last_used_at'])
    .where('user_id', '=', user.id)
    .where('expires_at', '>', sql<Date>`now()`)
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(row => ({ ...row, current: row.id === session_id }))
}

/** Deletes sessions of a user: one, all, or all but one; returns the ids of those that were there. */
export async function deleteSessions(
  db: Db,
  userId: number,
  which: { only?: number; except?: number } = {},
): Promise<number[]> {
  let query = db.deleteFrom('sessions').where('user_id', '=', userId)
  if (which.only !== undefined) query = query.where('id', '=', which.only)
  if (which.except !== undefined) query = query.where('id', '!=', which.except)
  const rows = await query.returning('id').execute()
  return rows.map(row => row.id)
}
