// Users: how a row becomes the resource, and what users change about themselves.
import type { Db, Tables } from '@goftegu/database'
import { ChatError, type PatchMe, type User } from '@goftegu/protocol'
import type { Selectable } from 'kysely'
import { checkFields } from './credentials.ts'

/** The columns of the resource `User`. */
export const userColumns = ['id', 'username', 'first_name', 'last_name', 'profile_picture'] as const

type UserRow = Pick<Selectable<Tables['users']>, (typeof userColumns)[number]>

/** The resource alone, whatever else the row carries. */
export function toUser({ id, username, first_name, last_name, profile_picture }: UserRow): User {
  return { id, username, first_name, last_name, profile_picture }
}

/** Changes those of `patch`'s fields that are there. Throws `invalid_request`, or `not_authenticated` for a user who is gone. */
export async function updateUser(db: Db, userId: number, patch: PatchMe): Promise<User> {
  const { first_name, last_name, profile_picture } = patch
  checkFields({ first_name, last_name, profile_picture })
  const user = await db
    .updateTable('users')
    // Undefined fields are left out; the username is set to itself, so that an empty patch is a statement too.
    .set(eb => ({ first_name, last_name, profile_picture, username: eb.ref('username') }))
    .where('id', '=', userId)
    .returning(userColumns)
    .executeTakeFirst()
  if (user === undefined) throw new ChatError('not_authenticated')
  return toUser(user)
}
