// Accounts over REST: registering, logging in and out, sessions, and one's own profile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { User } from '@goftegu/protocol'
import { Type } from 'typebox'
import { SessionList } from '../src/routes/auth-schemas.ts'
import { password, world } from './auth-world.ts'

const UserWithToken = Type.Object({ ...User.properties, token: Type.String() }, { additionalProperties: false })

test('registering, logging in and out', async t => {
  const { browser, register, ends } = await world(t)
  const ann = await register('Ann', { first_name: 'آنا', last_name: 'می‌خواهم', unknown: true })
  assert.deepEqual(ann.user, {
    id: ann.user.id,
    username: 'Ann',
    first_name: 'آنا',
    last_name: 'می‌خواهم',
    profile_picture: null,
  })
  assert.deepEqual(await ann.browser.expect(200, User, 'GET', '/auth/me/'), ann.user)
  await browser().refuse('username_taken', 'POST', '/auth/register/', { username: 'aNN', password })
  await browser().refuse('username_taken', 'POST', '/auth/register/', { username: 'Ａｎｎ', password })

  const second = browser()
  const { token, ...user } = await second.expect(200, UserWithToken, 'POST', '/auth/login', {
    username: 'ANN',
    password,
    token: true,
  })
  assert.deepEqual(user, ann.user)
  assert.deepEqual(
    await browser().expect(200, User, 'GET', '/auth/me', undefined, { authorization: `Bearer ${token}` }),
    user,
  )

  for (const body of [
    { username: 'ann', password: 'wrong password' },
    { username: 'nobody', password },
    { username: "' or 1=1 --", password },
    { username: 'a\0', password },
  ]) {
    await browser().refuse('invalid_credentials', 'POST', '/auth/login/', body)
  }

  const sessions = await ann.browser.expect(200, SessionList, 'GET', '/auth/sessions/')
  assert.deepEqual(sessions.results.map(session => session.current).toSorted(), [false, true])
  const other = sessions.results.find(session => !session.current)!
  await second.done('POST', '/auth/logout/', {})
  assert.equal(second.cookie, undefined)
  assert.deepEqual(ends, [other.id])
  await browser().refuse('not_authenticated', 'GET', '/auth/me/', undefined, { authorization: `Bearer ${token}` })
  await browser().refuse('not_authenticated', 'POST', '/auth/logout/')
  assert.deepEqual(await ann.browser.expect(200, User, 'GET', '/auth/me/'), user)
})

test('one account on several devices', async t => {
  const { browser, register, ends } = await world(t)
  const ann = await register('ann')
  const login = async (secret: string) => {
    const device = browser()
    await device.expect(200, User, 'POST', '/auth/login/', { username: 'ann', password: secret })
    return device
  }

  await t.test('a session is ended from another', async () => {
    const phone = await login(password)
    const { results } = await phone.expect(200, SessionList, 'GET', '/auth/sessions/')
    const own = results.find(session => session.current)!
    const bob = await register('bob')
    await bob.browser.refuse('session_not_found', 'DELETE', `/auth/sessions/${own.id}/`)
    await bob.browser.refuse('session_not_found', 'DELETE', '/auth/sessions/1e3/')
    await ann.browser.done('DELETE', `/auth/sessions/${own.id}/`)
    assert.deepEqual(ends.splice(0), [own.id])
    await phone.refuse('not_authenticated', 'GET', '/auth/me/')
  })

  await t.test('a new password ends the other sessions', async () => {
    const phone = await login(password)
    const change = (current: unknown, next: unknown) => ['POST', '/auth/password/', { current, new: next }] as const
    await ann.browser.refuse('wrong_password', ...change('not this one', 'another password'))
    assert.deepEqual(await ann.browser.refuse('invalid_request', ...change(password, 'short')), ['/new'])
    assert.deepEqual(await ann.browser.refuse('invalid_request', ...change(password, 12345678)), ['/new'])
    assert.equal((await phone.call('GET', '/auth/me/')).status, 200)
    await ann.browser.done(...change(password, 'another password'))
    assert.equal(ends.splice(0).length, 1)
    await phone.refuse('not_authenticated', 'GET', '/auth/me/')
    await ann.browser.expect(200, User, 'GET', '/auth/me/')
    await browser().refuse('invalid_credentials', 'POST', '/auth/login/', { username: 'ann', password })
  })

  await t.test('everywhere is everywhere', async () => {
    const phone = await login('another password')
    await phone.refuse('invalid_query', 'POST', '/auth/logout/?everywhere=1')
    await phone.done('POST', '/auth/logout/?everywhere=true')
    assert.equal(ends.splice(0).length, 2)
    await ann.browser.refuse('not_authenticated', 'GET', '/auth/me/')
  })
})

test('what an account may not look like', async t => {
  const { browser, register } = await world(t)
  const ann = await register('ann')
  const fields = (body: unknown) => browser().refuse('invalid_request', 'POST', '/auth/register/', body)
  for (const username of [
    '',
    ' ann2',
    'ann2 ',
    '\u3000',
    'a\0b',
    'a\nb',
    '\ud800',
    '\u200b',
    'a\u202eb',
    'x'.repeat(151),
    'ﷺ'.repeat(150),
  ]) {
    assert.deepEqual(await fields({ username, password }), ['/username'], JSON.stringify(username))
  }
  for (const secret of ['1234567', 'x'.repeat(129), 'abc\0defg', 'abcdefg\udfff', '🔑🔑🔑🔑']) {
    assert.deepEqual(await fields({ username: 'ok', password: secret }), ['/password'], JSON.stringify(secret))
  }
  assert.deepEqual(await fields({ username: 'ok', password, first_name: 'x'.repeat(151) }), ['/first_name'])
  assert.deepEqual(await fields({ username: 5, password: null }), ['/username', '/password'])
  assert.deepEqual(await fields({}), ['/username', '/password'])

  const patch = (body: unknown) => ['PATCH', '/auth/me/', body] as const
  for (const profile_picture of [
    'javascript:alert(1)',
    '/a.png',
    'ftp://a/b',
    'http://',
    'https://a/ b',
    `https://a/${'b'.repeat(2_100)}`,
    5,
  ]) {
    assert.deepEqual(await ann.browser.refuse('invalid_request', ...patch({ profile_picture })), ['/profile_picture'])
  }
  assert.deepEqual(await ann.browser.refuse('invalid_request', ...patch({ last_name: 'a\u0007' })), ['/last_name'])
  assert.deepEqual(await ann.browser.expect(200, User, 'GET', '/auth/me/'), ann.user)

  const changed = { first_name: 'Ann 👩‍👩‍👧', profile_picture: 'https://cdn.example.org/a.png' }
  assert.deepEqual(await ann.browser.expect(200, User, ...patch(changed)), { ...ann.user, ...changed })
  assert.deepEqual(await ann.browser.expect(200, User, ...patch({ username: 'root', is_staff: true })), {
    ...ann.user,
    ...changed,
  })
  assert.deepEqual(await ann.browser.expect(200, User, ...patch({ profile_picture: null })), {
    ...ann.user,
    ...changed,
    profile_picture: null,
  })
})

test('finding people', async t => {
  const { browser, register, database } = await world(t)
  const { browser: ann } = await register('ann', { first_name: 'Anna', last_name: 'Lee' })
  const row = (username: string, first_name = '', last_name = '') => ({
    username,
    username_key: username.toLowerCase(),
    first_name,
    last_name,
    password_hash: '',
  })
  const many = Array.from({ length: 30 }, (_, n) => row(`many${n}`))
  await database.db
    .insertInto('users')
    .values([row('Bob', 'علی‌رضا', 'Ånström'), row('a_b'), row('axb'), row('pc%'), row('back\\slash'), ...many])
    .execute()
  const found = async (search: string) => {
    const Found = Type.Object({ results: Type.Array(User) }, { additionalProperties: false })
    const { results } = await ann.expect(200, Found, 'GET', `/users/?search=${encodeURIComponent(search)}`)
    return results.map(user => user.username)
  }
  assert.deepEqual(await found('AN'), ['ann'])
  assert.deepEqual(await found('lEE'), ['ann'])
  assert.deepEqual(await found('anna l'), ['ann'])
  assert.deepEqual(await found('nn'), [])
  assert.deepEqual(await found('علی'), ['Bob'])
  assert.deepEqual(await found('a_'), ['a_b'])
  assert.deepEqual(await found('pc%'), ['pc%'])
  assert.deepEqual(await found('%'), [])
  assert.deepEqual(await found('back\\'), ['back\\slash'])
  assert.deepEqual(await found("' or true --\r\n"), [])
  assert.deepEqual(await found('  '), [])
  assert.equal((await found('many')).length, 20)
  await ann.refuse('invalid_query', 'GET', '/users/?search=%00')
  await ann.refuse('invalid_query', 'GET', '/users/')
  await ann.refuse('invalid_query', 'GET', '/users/?search=a&search=b')
  await browser().refuse('not_authenticated', 'GET', '/users/?search=a')
})

test('registration may be closed', async t => {
  const { browser } = await world(t, { registration: 'closed' })
  await browser().refuse('registration_closed', 'POST', '/auth/register/', { username: 'ann', password })
})

test('guessing is slowed down', async t => {
  const twice = { limit: 2, windowMs: 60_000, burst: 2 }
  const often = { limit: 1_000, windowMs: 60_000 }
  const login = (username: string) => ['POST', '/auth/login/', { username, password: 'wrong password' }] as const
  const from = (address: string) => ({ 'x-forwarded-for': address })

  await t.test('for one name, from wherever', async t => {
    const rates = { loginsPerAddress: often, attemptsPerUser: twice, registrationsPerAddress: often }
    const { browser } = await world(t, { authRates: rates })
    await browser().refuse('invalid_credentials', ...login('ann'), from('192.0.2.1'))
    await browser().refuse('invalid_credentials', ...login('ANN'), from('192.0.2.2'))
    const refused = await browser().call(...login('Ann'), from('192.0.2.3'))
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 20)
    await browser().refuse('invalid_credentials', ...login('bob'), from('192.0.2.1'))
  })

  await t.test('from one address, for whatever name', async t => {
    const rates = { loginsPerAddress: twice, attemptsPerUser: often, registrationsPerAddress: twice }
    const { browser } = await world(t, { authRates: rates })
    await browser().refuse('invalid_credentials', ...login('a'), from('2001:db8::1'))
    await browser().refuse('invalid_credentials', ...login('b'), from('2001:db8:0:0:ffff::2'))
    await browser().refuse('rate_limited', ...login('c'), from('2001:db8::3'))
    await browser().refuse('rate_limited', ...login('c'), from('203.0.113.9, 2001:db8::3'))
    await browser().refuse('invalid_credentials', ...login('c'), from('2001:db8:0:1::3'))
    const register = (username: string) => ['POST', '/auth/register/', { username, password: 'short' }] as const
    await browser().refuse('invalid_request', ...register('a'))
    await browser().refuse('invalid_request', ...register('b'))
    await browser().refuse('rate_limited', ...register('c'))
  })
})

test('an absent PostgreSQL is 503, and comes back', async t => {
  const { browser, register, wire } = await world(t)
  const ann = await register('ann')
  wire.refuse()
  await ann.browser.refuse('unavailable', 'GET', '/auth/me/')
  const response = await browser().call('POST', '/auth/login/', { username: 'ann', password })
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '1'])
  await browser().refuse('unavailable', 'POST', '/auth/register/', { username: 'bob', password })
  wire.heal()
  await ann.browser.expect(200, User, 'GET', '/auth/me/')
})
