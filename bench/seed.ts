// Users, sessions and groups to measure with, without paying for a thousand password hashes.
import { createHash, randomBytes } from 'node:crypto'
import { createChat } from '@goftegu/chat'
import { Database } from '@goftegu/database'

/** A statement has room for 65,535 parameters. */
const usersAtOnce = 5_000

export type Seeded = { conversations: { id: number; cookies: string[]; userIds: number[] }[] }

/**
 * Adds `conversations` groups of `members` users each to the migrated database at `url`. Users and sessions are written
 * as rows (a password hash takes 20 ms, and none is ever checked here); groups are made through chat's own verbs.
 */
export async function seed(url: string, { conversations, members }: { conversations: number; members: number }) {
  const database = new Database({ url })
  const chat = createChat({ database, committed: () => {}, publicUrl: () => 'http://localhost' })
  try {
    const users: Awaited<ReturnType<typeof addUsers>> = []
    for (let i = 0; i < conversations * members; i += usersAtOnce) {
      users.push(...(await addUsers(database, Math.min(usersAtOnce, conversations * members - i))))
    }
    const seeded: Seeded = { conversations: [] }
    for (let i = 0; i < conversations; i++) {
      const group = users.slice(i * members, (i + 1) * members)
      const { id } = await chat.conversations.createGroup(
        { id: group[0]!.id, is_staff: false },
        { title: `group ${i}`, participant_ids: group.map(user => user.id) },
      )
      seeded.conversations.push({ id, cookies: group.map(user => user.cookie), userIds: group.map(user => user.id) })
    }
    return seeded
  } finally {
    await chat.close()
    await database.close()
  }
}

async function addUsers(database: Database, count: number): Promise<{ id: number; cookie: string }[]> {
  const prefix = randomBytes(4).toString('hex')
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  const users = await database.db
    .insertInto('users')
    .values(names.map(name => ({ username: name, username_key: name, password_hash: 'none' })))
    .returning('id')
    .execute()
  const tokens = users.map(user => ({ id: user.id, token: randomBytes(32).toString('base64url') }))
  await database.db
    .insertInto('sessions')
    .values(
      tokens.map(({ id, token }) => ({
        user_id: id,
        token_hash: createHash('sha256').update(token).digest(),
        expires_at: new Date(Date.now() + 86_400_000),
      })),
    )
    .execute()
  return tokens.map(({ id, token }) => ({ id, cookie: `sessionid=${token}` }))
}
