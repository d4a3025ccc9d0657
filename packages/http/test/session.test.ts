// Who asks, and whose page it is: the rules of the contract's "Authentication", over a port.
import assert from 'node:assert/strict'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Principal } from '@goftegu/accounts'
import { createLogger } from '@goftegu/runtime'
import { createServer, type SessionOptions, sessionPlugin } from '../src/index.ts'

const user = { id: 1, username: 'ann', first_name: '', last_name: '', profile_picture: null }
const principals: Record<string, Principal> = {
  alive: { user, is_staff: false, session_id: 1, renewed: false },
  renewed: { user, is_staff: false, session_id: 2, renewed: true },
}

type Answer = { status: number; cookie: string | undefined }

async function served(t: TestContext, options: Partial<SessionOptions> = {}) {
  const trustedProxies = options.trustedProxies ?? []
  const app = createServer({ logger: createLogger({ name: 'test', level: 'silent' }), trustedProxies })
  t.after(() => app.close())
  let asked = 0
  const authenticate = async (token: string) => {
    asked++
    return principals[token] ?? null
  }
  app.register(sessionPlugin, {
    accounts: { authenticate },
    cookieSecure: 'auto',
    publicUrl: () => 'https://chat.example.org',
    allowedOrigins: ['https://app.example.org', 'https://Two.Example.org:443', 'x'],
    trustedProxies,
    ...options,
  })
  app.all('/who/', async request => {
    await request.authenticate()
    return (await request.authenticate()).user
  })
  app.post('/enter/', async (_request, reply) => reply.setSessionCookie('alive'))
  app.post('/leave/', async (request, reply) => {
    await request.authenticate()
    return reply.clearSessionCookie()
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const ask = (method: string, path: string, headers: OutgoingHttpHeaders): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const answered = (response: IncomingMessage) => {
        response.resume()
        resolve({ status: response.statusCode!, cookie: response.headers['set-cookie']?.[0] })
      }
      httpRequest({ port, method, path, headers, agent: false }, answered).on('error', reject).end()
    })
  return { ask, port, timesAsked: () => asked }
}

test('a cookie or a Bearer token says who asks', async t => {
  const { ask, timesAsked } = await served(t)
  const cases: [OutgoingHttpHeaders, number][] = [
    [{}, 401],
    [{ cookie: 'sessionid=alive' }, 200],
    [{ cookie: 'other=1; sessionid=alive; more=2' }, 200],
    [{ cookie: 'sessionid=ended' }, 401],
    [{ cookie: 'sessionid=%00' }, 401],
    [{ authorization: 'Bearer alive' }, 200],
    [{ authorization: 'bearer alive' }, 200],
    [{ authorization: 'Bearer ended', cookie: 'sessionid=alive' }, 401],
    [{ authorization: 'Basic YTpi', cookie: 'sessionid=alive' }, 401],
    [{ authorization: '', cookie: 'sessionid=alive' }, 401],
  ]
  for (const [headers, status] of cases) {
    assert.equal((await ask('GET', '/who/', headers)).status, status, JSON.stringify(headers))
  }
  const before = timesAsked()
  await ask('GET', '/who/', { cookie: 'sessionid=alive' })
  assert.equal(timesAsked(), before + 1, 'one query a request')
})

test('the cookie follows the session', async t => {
  const { ask } = await served(t)
  const fresh = 'Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax'
  assert.equal((await ask('POST', '/enter/', {})).cookie, `sessionid=alive; ${fresh}`)
  assert.equal((await ask('GET', '/who/', { cookie: 'sessionid=renewed' })).cookie, `sessionid=renewed; ${fresh}`)
  assert.equal((await ask('GET', '/who/', { cookie: 'sessionid=alive' })).cookie, undefined)
  assert.equal((await ask('GET', '/who/', { authorization: 'Bearer renewed' })).cookie, undefined)
  assert.match(
    (await ask('POST', '/leave/', { cookie: 'sessionid=renewed' })).cookie!,
    /^sessionid=; .*Max-Age=0|Expires=Thu, 01 Jan 1970/,
  )
})

test('foreign pages do not act with the cookie', async t => {
  const { ask, port } = await served(t)
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' }
  const cases: [OutgoingHttpHeaders, 200 | 403][] = [
    [{}, 200],
    [{ origin: 'https://chat.example.org' }, 200],
    [{ origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}` }, 200],
    [{ origin: 'http://here.example', host: 'HERE.example:80' }, 200],
    [{ origin: 'https://app.example.org' }, 200],
    [{ origin: 'https://two.example.org' }, 200],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'http://chat.example.org' }, 403],
    [{ origin: 'https://chat.example.org.evil.example' }, 403],
    [{ origin: 'https://here.example', host: 'here.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: '' }, 403],
    [{ origin: '', host: '[' }, 403],
    [{ origin: 'https://chat.example.org', 'sec-fetch-site': 'cross-site' }, 200],
    [{ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ origin: 'https://here.example', host: 'here.example', 'x-forwarded-proto': 'https' }, 403],
  ]
  const cookie = 'sessionid=alive'
  for (const [headers, status] of cases) {
    const name = JSON.stringify(headers)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      assert.equal((await ask(method, '/who/', { ...headers, cookie })).status, status, name)
    }
    assert.equal((await ask('POST', '/enter/', headers)).status, status, `login, ${name}`)
    assert.equal((await ask('GET', '/who/', { ...headers, cookie })).status, 200, `reading, ${name}`)
    assert.equal(
      (await ask('POST', '/who/', { ...headers, authorization: 'Bearer alive' })).status,
      200,
      `Bearer, ${name}`,
    )
    assert.equal((await ask('GET', '/who/', { ...headers, ...upgrade, cookie })).status, status, `upgrade, ${name}`)
    const bearer = { ...headers, ...upgrade, authorization: 'Bearer alive' }
    assert.equal((await ask('GET', '/who/', bearer)).status, status, `Bearer upgrade, ${name}`)
  }
})

test('proxies are believed as far as they are trusted', async t => {
  const secure = async (trustedProxies: string[], headers: OutgoingHttpHeaders) =>
    /; Secure/.test((await (await served(t, { trustedProxies })).ask('POST', '/enter/', headers)).cookie ?? '')
  const https = { 'x-forwarded-proto': 'https' }
  assert.equal(await secure([], https), false)
  assert.equal(await secure(['10.0.0.0/8'], https), false)
  assert.equal(await secure(['127.0.0.1'], https), true)
  assert.equal(await secure(['loopback'], { ...https, 'x-forwarded-for': '192.0.2.1' }), true)
  const spoofed = { 'x-forwarded-proto': 'https, http', 'x-forwarded-for': '192.0.2.1' }
  assert.equal(await secure(['loopback'], spoofed), false, 'the client wrote the first entry')
  const twoHops = { 'x-forwarded-proto': 'https, http', 'x-forwarded-for': '192.0.2.1, 10.0.0.1' }
  assert.equal(await secure(['loopback', '10.0.0.0/8'], twoHops), true, 'the outer proxy wrote the first entry')
  assert.equal(await secure(['loopback'], twoHops), false)

  const { ask } = await served(t, { trustedProxies: ['loopback'] })
  const proxied = { ...https, 'x-forwarded-host': 'chat.example', host: 'inside:8080' }
  assert.equal((await ask('POST', '/enter/', { ...proxied, origin: 'https://chat.example' })).status, 200)
  assert.equal((await ask('POST', '/enter/', { ...proxied, origin: 'http://inside:8080' })).status, 403)
})

test('COOKIE_SECURE overrules what the request looks like', async t => {
  const always = await served(t, { cookieSecure: 'always' })
  assert.match((await always.ask('POST', '/enter/', {})).cookie!, /; Secure/)
  const never = await served(t, { cookieSecure: 'never', trustedProxies: ['loopback'] })
  assert.doesNotMatch((await never.ask('POST', '/enter/', { 'x-forwarded-proto': 'https' })).cookie!, /; Secure/)
})
