// The verbs of accounts: what the API and the gateway ask of users and sessions.
import type { Database } from '@goftegu/database'
import { ChatError, type Login, type PatchMe, type Register, type User } from '@goftegu/protocol'
import { sql } from 'kysely'
import { checkFields, usernameKey } from './credentials.ts'
import { createHasher, type HasherOptions } from './passwords.ts'
import { searchUsers } from './search.ts'
import {
  authenticate,
  checkSessions,
  createSession,
  deleteSessions,
  listSessions,
  type Principal,
  sessionLifetimeSeconds,
} from './sessions.ts'
import { createToken, hashToken } from './tokens.ts'
import { toUser, updateUser, userColumns } from './users.ts'

export type AccountsOptions = {
  database: Database
  /** Called after the commit that ended sessions, whatever ended them; the caller tells every replica. */
  ended: (sessionIds: number[]) => void
  hashing?: HasherOptions
}

/** What login and registration answer: the token is shown here alone, only its SHA-256 is stored. */
export type OpenedSession = { user: User; session_id: number; token: string }

export type Accounts = ReturnType<typeof createAccounts>

/** Users and sessions over `database`. Verbs throw ChatError with the codes that their comments name. */
export function createAccounts({ database: { db }, ended, hashing }: AccountsOptions) {
  const passwords = createHasher(hashing)
  const announce = (sessionIds: number[]) => {
    if (sessionIds.length > 0) ended(sessionIds)
  }

  return {
    /** Makes a user and a first session, in one statement. `invalid_request`, `username_taken`, `busy`. */
    async register(body: Pick<Register, 'username' | 'password' | 'first_name' | 'last_name'>): Promise<OpenedSession> {
      const { username, password, first_name = '', last_name = '' } = body
      checkFields({ username, password, first_name, last_name })
      const passwordHash = await passwords.hash(password)
      const token = createToken()
      const { rows } = await sql<User & { session_id: number }>`
        with made as (
          insert into users (username, username_key, first_name, last_name, password_hash)
          values (${username}, ${usernameKey(username)}, ${first_name}, ${last_name}, ${passwordHash})
          on conflict (username_key) do nothing
          returning id, username, first_name, last_name, profile_picture
        ), session as (
          insert into sessions (token_hash, user_id, expires_at)
          select ${hashToken(token)}, id, now() + ${sql.lit(sessionLifetimeSeconds)} * interval '1 second' from made
          returning id
        )
        select made.*, session.id as session_id from made, session`.execute(db)
      const row = rows[0]
      if (row === undefined) throw new ChatError('username_taken')
      return { user: toUser(row), session_id: row.session_id, token }
    },

    /** Opens a session. `invalid_credentials`, after the same time for an unknown user; `busy`. */
    async login({ username, password }: Pick<Login, 'username' | 'password'>): Promise<OpenedSession> {
      const row = await db
        .selectFrom('users')
        .select([...userColumns, 'password_hash'])
        // A NUL would be refused by PostgreSQL; no username has one.
        .where('username_key', '=', usernameKey(username).replaceAll('\0', '\n'))
        .executeTakeFirst()
      const matches = await passwords.verify(row?.password_hash, password)
      if (row === undefined || !matches) throw new ChatError('invalid_credentials')
      const token = createToken()
      const { session_id, expired } = await createSession(db, token, row.id, row.password_hash)
      announce(expired)
      if (session_id === null) throw new ChatError('invalid_credentials')
      return { user: toUser(row), session_id, token }
    },

    /** Who `token` belongs to, or null where no session that is alive has it; one query. */
    authenticate: async (token: string): Promise<Principal | null> => (await authenticate(db, [token]))[0]!,

    /** The same for many at once, in their order; one query. */
    authenticateMany: (tokens: readonly string[]): Promise<(Principal | null)[]> => authenticate(db, tokens),

    /** Those of `ids` that are alive; one query, for the gateway's regular look at its sockets. */
    checkSessions: (ids: number[]) => checkSessions(db, ids),

    /** The caller's sessions, most recently used first. */
    listSessions: (principal: Principal) => listSessions(db, principal),

    /** Ends the caller's own session. */
    async logout(principal: Principal): Promise<void> {
      announce(await deleteSessions(db, principal.user.id, { only: principal.session_id }))
    },

    /** Ends all of the caller's sessions, the current one too. */
    async logoutEverywhere(principal: Principal): Promise<void> {
      announce(await deleteSessions(db, principal.user.id))
    },

    /** Ends one of the caller's sessions. `session_not_found`, for somebody else's too. */
    async endSession(principal: Principal, sessionId: number): Promise<void> {
      const gone = await deleteSessions(db, principal.user.id, { only: sessionId })
      if (gone.length === 0) throw new ChatError('session_not_found')
      announce(gone)
    },

    /** Changes the password and ends the caller's other sessions. `wrong_password`, `invalid_request`, `busy`. */
    async changePassword(principal: Principal, current: string, next: string): Promise<void> {
      checkFields({ new: next })
      const userId = principal.user.id
      const user = await db.selectFrom('users').select('password_hash').where('id', '=', userId).executeTakeFirst()
      if (!(await passwords.verify(user?.password_hash, current))) throw new ChatError('wrong_password')
      const passwordHash = await passwords.hash(next)
      // Two statements: the second sees the sessions of every login that the first one waited for.
      const gone = await db.transaction().execute(async tx => {
        const changed = await tx
          .updateTable('users')
          .set({ password_hash: passwordHash })
          .where('id', '=', userId)
          .where('password_hash', '=', user!.password_hash)
          .executeTakeFirst()
        if (changed.numUpdatedRows === 0n) throw new ChatError('wrong_password')
        return deleteSessions(tx, userId, { except: principal.session_id })
      })
      announce(gone)
    },

    /** Changes the fields of `patch` that are there. `invalid_request`. */
    updateMe: (principal: Principal, patch: PatchMe): Promise<User> => updateUser(db, principal.user.id, patch),

    /** At most 20 users whose username or name begins with `text`, without case. */
    searchUsers: (text: string): Promise<User[]> => searchUsers(db, text),
  }
}
