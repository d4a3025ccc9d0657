// The verbs of accounts, against a real database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '@goftegu/protocol'
import { eventually } from '@goftegu/testkit'
import { sql } from 'kysely'
import { world } from './world.ts'

const password = 'correct horse'
const code = (expected: string) => (error: unknown) => error instanceof ChatError && error.code === expected

test('a session lives from its login to its end', async t => {
  const { accounts, database, ends } = await world(t)
  const first = await accounts.register({ username: 'Ann', password, first_name: 'Ann' })
  assert.deepEqual(first.user, { id: 1, username: 'Ann', first_name: 'Ann', last_name: '', profile_picture: null })

  await t.test('the token is stored as its hash alone', async () => {
    const { rows } = await sql<{
      text: string
    }>`select sessions::text || users::text as text from sessions, users`.execute(database.db)
    assert.ok(!rows[0]!.text.includes(first.token))
    assert.ok(!rows[0]!.text.includes(password))
  })

  await t.test('its token says who asks', async () => {
    const principal = await accounts.authenticate(first.token)
    assert.deepEqual(principal, {
      user: first.user,
      is_staff: false,
      session_id: first.session_id,
      renewed: false,
    })
    assert.equal(await accounts.authenticate(`${first.token.slice(0, -1)}!`), null)
    assert.equal(await accounts.authenticate('A'.repeat(43)), null)
  })

  await t.test('login takes any case of the username, and refuses all else alike', async () => {
    const second = await accounts.login({ username: 'aNN', password })
    assert.equal(second.user.id, first.user.id)
    for (const username of ['Ann', 'nobody', 'a\0b', 'x'.repeat(10_000)]) {
      await assert.rejects(accounts.login({ username, password: 'wrong one' }), code('invalid_credentials'))
    }
    const principal = (await accounts.authenticate(first.token))!
    const sessions = await accounts.listSessions(principal)
    assert.deepEqual(
      sessions.map(({ id, current }) => ({ id, current })),
      [
        { id: second.session_id, current: false },
        { id: first.session_id, current: true },
      ],
    )
    await accounts.logout((await accounts.authenticate(second.token))!)
    assert.deepEqual(ends, [[second.session_id]])
    assert.equal(await accounts.authenticate(second.token), null)
  })

  await t.test('a password change ends the others', async () => {
    const other = await accounts.login({ username: 'ann', password })
    const principal = (await accounts.authenticate(first.token))!
    await assert.rejects(accounts.changePassword(principal, 'not this', 'another one'), code('wrong_password'))
    await assert.rejects(accounts.changePassword(principal, password, 'short'), code('invalid_request'))
    assert.notEqual(await accounts.authenticate(other.token), null)
    await accounts.changePassword(principal, password, 'another one')
    assert.deepEqual(ends.at(-1), [other.session_id])
    assert.equal(await accounts.authenticate(other.token), null)
    assert.notEqual(await accounts.authenticate(first.token), null)
    await assert.rejects(accounts.login({ username: 'ann', password }), code('invalid_credentials'))
  })

  await t.test('logging out everywhere ends all', async () => {
    const other = await accounts.login({ username: 'ann', password: 'another one' })
    const principal = (await accounts.authenticate(first.token))!
    await accounts.logoutEverywhere(principal)
    assert.deepEqual(ends.at(-1)?.toSorted(), [first.session_id, other.session_id].toSorted())
    assert.equal(await accounts.authenticate(first.token), null)
  })
})

test('the expiry slides, at most once in five minutes, and what expired is swept', async t => {
  const { accounts, database, ends } = await world(t)
  const { token, session_id } = await accounts.register({ username: 'ann', password })
  const age = (interval: string) =>
    sql`update sessions set last_used_at = now() - ${interval}::interval,
      expires_at = now() + '14 days'::interval - ${interval}::interval where id = ${session_id}`.execute(database.db)
  const daysLeft = async () => {
    const { rows } = await sql<{ days: number }>`
      select extract(epoch from expires_at - now())::float / 86400 as days from sessions where id = ${session_id}`.execute(
      database.db,
    )
    return rows[0]!.days
  }

  await age('4 minutes')
  assert.equal((await accounts.authenticate(token))!.renewed, false)
  await age('13 days')
  assert.equal((await accounts.authenticate(token))!.renewed, true)
  assert.ok((await daysLeft()) > 13.99)
  assert.equal((await accounts.authenticate(token))!.renewed, false)

  await age('59 minutes')
  assert.deepEqual([...(await accounts.checkSessions([session_id, 999])).keys()], [session_id])
  assert.ok((await daysLeft()) < 13.97)
  await age('13 days')
  await accounts.checkSessions([session_id])
  assert.ok((await daysLeft()) > 13.99, 'an open socket keeps its session alive')

  await age('15 days')
  assert.equal(await accounts.authenticate(token), null)
  assert.equal((await accounts.checkSessions([session_id])).size, 0)
  await accounts.login({ username: 'ann', password })
  assert.deepEqual(ends, [[session_id]])
})

test('no session of the old password outlives its change', async t => {
  const { accounts, database } = await world(t)
  const { token } = await accounts.register({ username: 'ann', password })
  const principal = (await accounts.authenticate(token))!
  const logins = Array.from({ length: 6 }, () => accounts.login({ username: 'ann', password }))
  await Promise.allSettled([...logins.slice(0, 3), accounts.changePassword(principal, password, 'another one')])
  await Promise.allSettled(logins)
  const { rows } = await sql<{ count: number }>`select count(*)::int from sessions`.execute(database.db)
  assert.equal(rows[0]!.count, 1)
})

test('a session made while the change is under way waits for it and is not made', async t => {
  const { accounts, database } = await world(t)
  await accounts.register({ username: 'ann', password })
  let login: Promise<unknown> | undefined
  await database.db.transaction().execute(async tx => {
    await tx.updateTable('users').set({ password_hash: 'changed' }).execute()
    login = accounts.login({ username: 'ann', password })
    login.catch(() => {})
    // Once its statement waits for our lock, the login is past its check of the old password.
    await eventually(async () => {
      const { rows } = await sql`select from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`.execute(database.db)
      return rows.length > 0
    })
  })
  await assert.rejects(login!, code('invalid_credentials'))
  const { rows } = await sql<{ count: number }>`select count(*)::int from sessions`.execute(database.db)
  assert.equal(rows[0]!.count, 1)
})
