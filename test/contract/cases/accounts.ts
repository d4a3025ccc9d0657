// Accounts: cookie and Bearer, login and logout, sessions, one's own profile.
import assert from 'node:assert/strict'
import { Caller } from '../caller.ts'
import type { Check } from '../contract-suite.ts'
import { type Person, password, type Stage, slow } from '../stage.ts'

const badRegistrations: [why: string, fields: object][] = [
  ['a short password', { password: 'short' }],
  ['a long password', { password: 'x'.repeat(129) }],
  ['a password of another type', { password: 12_345_678 }],
  ['no name', { username: '' }],
  ['a long name', { username: 'x'.repeat(151) }],
  ['NUL in the name', { username: 'a\0b' }],
]

export function accountCases(check: Check): void {
  check('register answers the User and sets the cookie of the session', async stage => {
    const username = `reg-${Date.now()}`
    const body = { username, password, first_name: 'آنا', last_name: 'می‌خواهم' }
    const { status, headers, body: user } = await stage.anybody.call('POST', '/api/auth/register/', body)
    assert.equal(status, 201)
    const { id } = user as { id: number }
    const { first_name, last_name } = body
    assert.deepEqual(user, { id, username, first_name, last_name, profile_picture: null })
    const [cookie = ''] = headers.getSetCookie()
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/'])
      assert.ok(cookie.split('; ').includes(part), `${part} in ${cookie}`)
  })

  check('a name is taken without regard to case, also when registered at another replica', async stage => {
    const ann = await stage.person('Taken')
    for (const username of [ann.username, ann.username.toUpperCase()])
      await stage.anybody.refuse('username_taken', 'POST', '/api/auth/register/', { username, password })
  })

  for (const [why, fields] of badRegistrations) {
    check(`register refuses ${why}, and says which field`, async stage => {
      const body = { username: `bad-${Date.now()}`, password, ...fields }
      const answer = await stage.anybody.refuse('invalid_request', 'POST', '/api/auth/register/', body)
      const [field = ''] = Object.keys(fields)
      const { errors } = answer.body as { errors: { path: string; detail: string }[] }
      assert.ok(errors.some(error => error.path === `/${field}` && error.detail.length > 0))
    })
  }

  check('login answers 200, with a token where one is asked for', async stage => {
    const ann = await stage.person('login')
    const body = { username: ann.username, password }
    const plain = await stage.anybody.expect(200, 'User', 'POST', '/api/auth/login/', body)
    assert.ok(!('token' in plain))
    const { status, body: user } = await stage.anybody.call('POST', '/api/auth/login/', { ...body, token: true })
    assert.equal(status, 200)
    const { token } = user as { token: string }
    await new Caller(stage.url, token).expect(200, 'User', 'GET', '/api/auth/me/')
  })

  check('an unknown user and a wrong password are told in the same words', async stage => {
    const ann = await stage.person('secret')
    const wrong = { username: ann.username, password: 'wrong password' }
    const nobody = { username: 'nobody-at-all', password }
    const answers = [wrong, nobody].map(body =>
      stage.anybody.refuse('invalid_credentials', 'POST', '/api/auth/login/', body),
    )
    const [first, second] = await Promise.all(answers)
    assert.deepEqual(first!.body, second!.body)
  })

  check('the cookie alone is a login, on REST and on the socket', async stage => {
    const { ann, id } = await stage.talk()
    const headers = { cookie: ann.cookie }
    const { status } = await stage.anybody.call('GET', '/api/conversations/', undefined, { headers })
    assert.equal(status, 200)
    const socket = await stage.connect(`/ws/chat/${id}/`, { headers })
    assert.equal((await socket.next('ready', slow)).user.id, ann.id)
  })

  check('with an Authorization header the cookie is ignored', async stage => {
    const [ann] = stage.pair()
    const headers = { cookie: ann.cookie, authorization: 'Bearer nothing' }
    const { body } = await stage.anybody.call('GET', '/api/conversations/', undefined, { headers })
    assert.equal((body as { code: string }).code, 'not_authenticated')
  })

  const foreign: [why: string, headers: Record<string, string>][] = [
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['Origin: null', { origin: 'null' }],
    ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
  ]
  for (const [why, more] of foreign) {
    check(`a change by cookie with ${why} is 403; with Bearer it passes`, async stage => {
      const { ann, id } = await stage.talk()
      const body = { content: 'x', conversation_id: id }
      const headers = { cookie: ann.cookie, ...more }
      await stage.anybody.refuse('foreign_origin', 'POST', '/api/messages/', body, { headers })
      await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', body, { headers: more })
    })
  }

  check('a change by cookie from the own origin passes', async stage => {
    const { ann, id } = await stage.talk()
    const headers = { cookie: ann.cookie, origin: stage.url }
    await stage.anybody.expect(
      201,
      'Message',
      'POST',
      '/api/messages/',
      { content: 'x', conversation_id: id },
      { headers },
    )
  })

  check('logout ends the session, and its sockets with 4401, wherever they are', async stage => {
    const { ann, bob, id } = await stage.talk()
    const again = await loginAgain(stage, ann)
    const opened = Array.from({ length: 6 }, () => stage.listen(again, id))
    const sockets = await Promise.all(opened)
    const stays = [await stage.listen(bob, id), await stage.listen(ann, id)]
    await again.rest.expect(204, null, 'POST', '/api/auth/logout/')
    for (const { socket } of sockets) assert.equal((await socket.closed).code, 4401)
    for (const { socket } of stays) {
      socket.send({ type: 'ping' })
      await socket.next('pong', slow)
    }
    await again.rest.refuse('not_authenticated', 'GET', '/api/auth/me/')
  })

  check('sessions are listed, and one can be ended', async stage => {
    const ann = await stage.person('sessions')
    const other = await loginAgain(stage, ann)
    const { body } = await ann.rest.call('GET', '/api/auth/sessions/')
    const { results } = body as {
      results: { id: number; current: boolean; created_at: string; last_used_at: string }[]
    }
    assert.deepEqual(results.map(({ current }) => current).toSorted(), [false, true])
    const { id } = results.find(({ current }) => !current)!
    await ann.rest.expect(204, null, 'DELETE', `/api/auth/sessions/${id}/`)
    await ann.rest.refuse('session_not_found', 'DELETE', `/api/auth/sessions/${id}/`)
    await other.rest.refuse('not_authenticated', 'GET', '/api/auth/me/')
  })

  check('a new password ends the other sessions and no longer lets the old one in', async stage => {
    const ann = await stage.person('password')
    const other = await loginAgain(stage, ann)
    await ann.rest.refuse('wrong_password', 'POST', '/api/auth/password/', {
      current: 'not it, no',
      new: 'battery staple',
    })
    await ann.rest.expect(204, null, 'POST', '/api/auth/password/', { current: password, new: 'battery staple' })
    await other.rest.refuse('not_authenticated', 'GET', '/api/auth/me/')
    await ann.rest.expect(200, 'User', 'GET', '/api/auth/me/')
    await stage.anybody.refuse('invalid_credentials', 'POST', '/api/auth/login/', { username: ann.username, password })
  })

  check("one's profile can be changed, and others see it", async stage => {
    const { ann, bob, path } = await stage.talk()
    const changes = { first_name: 'Ann', last_name: 'Lee', profile_picture: 'https://example.org/ann.png' }
    const user = await ann.rest.expect(200, 'User', 'PATCH', '/api/auth/me/', changes)
    assert.deepEqual(user, { id: ann.id, username: ann.username, ...changes })
    const { participants } = await bob.rest.expect(200, 'Conversation', 'GET', path)
    assert.deepEqual(
      participants.find(({ id }: Person) => id === ann.id),
      user,
    )
    await ann.rest.expect(200, 'User', 'PATCH', '/api/auth/me/', { profile_picture: null })
    await ann.rest.refuse('invalid_request', 'PATCH', '/api/auth/me/', { profile_picture: 'javascript:alert(1)' })
  })

  check('people are found by the beginning of their name', async stage => {
    const ann = await stage.person('Findable')
    const search = ann.username.slice(0, -2).toLowerCase()
    const { body } = await ann.rest.call('GET', `/api/users/?search=${search}`)
    assert.ok((body as { results: Person[] }).results.some(({ id }) => id === ann.id))
  })
}

async function loginAgain(stage: Stage, person: Person): Promise<Person> {
  const body = { username: person.username, password, token: true }
  const { token } = (await stage.anybody.call('POST', '/api/auth/login/', body)).body as { token: string }
  return { ...person, token, rest: new Caller(stage.url, token) }
}
