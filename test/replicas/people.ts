// Users with sessions, written as rows: a password hash takes 20 ms, and none is checked here.
import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '@goftegu/database'

export type Person = { id: number; username: string; token: string }

/** Adds a user with a session for each name, to which it adds what makes it unique within the database. */
export async function addPeople({ db }: Database, names: readonly string[]): Promise<Person[]> {
  const run = randomBytes(4).toString('hex')
  const usernames = names.map(name => `${name}-${run}`)
  const users = await db
    .insertInto('users')
    .values(usernames.map(username => ({ username, username_key: username, password_hash: 'none' })))
    .returning(['id', 'username'])
    .execute()
  const people = users.map(user => ({ ...user, token: randomBytes(32).toString('base64url') }))
  const expires_at = new Date(Date.now() + 86_400_000)
  const sessions = people.map(({ id, token }) => ({
    user_id: id,
    token_hash: createHash('sha256').update(token).digest(),
    expires_at,
  }))
  await db.insertInto('sessions').values(sessions).execute()
  return people
}
