// The auth routes on a port, with a real database; browsers that keep a cookie, and what was told of ended sessions.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createAccounts } from '@goftegu/accounts'
import { createLimiter } from '@goftegu/bus'
import { Database, migrate } from '@goftegu/database'
import { createServer, sessionPlugin } from '@goftegu/http'
import { ErrorBody, type ErrorCode, errorTable, User } from '@goftegu/protocol'
import { createLogger } from '@goftegu/runtime'
import { freshDatabase, tcpProxy } from '@goftegu/testkit'
import type { Static, TSchema } from 'typebox'
import { type AuthOptions, authRoutes } from '../src/routes/auth.ts'
import { assertIs } from './client.ts'

export const password = 'correct horse'

export async function world(t: TestContext, options: Partial<AuthOptions> = {}) {
  const { url: databaseUrl } = await freshDatabase(t, migrate)
  const wire = await tcpProxy(t, databaseUrl)
  const database = new Database({ url: wire.urlFor(databaseUrl), poolSize: 4 })
  t.after(() => database.close())
  const ends: number[] = []
  const accounts = createAccounts({ database, ended: ids => ends.push(...ids) })
  const app = createServer({ logger: createLogger({ name: 'test', level: 'silent' }), trustedProxies: ['loopback'] })
  t.after(() => app.close())
  const publicUrl = () => 'https://chat.example.org'
  const session = { cookieSecure: 'auto', publicUrl, allowedOrigins: [], trustedProxies: ['loopback'] } as const
  app.register(sessionPlugin, { accounts, ...session, allowedOrigins: [], trustedProxies: ['loopback'] })
  app.register(authRoutes, {
    prefix: '/api',
    accounts,
    limiter: createLimiter({ prefix: '', replicas: () => 1, onError: () => {} }),
    registration: 'open',
    writeRate: { limit: 1_000, windowMs: 60_000 },
    ...options,
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    database,
    accounts,
    ends,
    wire,
    browser: () => new Browser(`${url}/api`),
    register: registerAt(`${url}/api`),
  }
}

function registerAt(url: string) {
  return async (username: string, more: object = {}) => {
    const browser = new Browser(url)
    const user = await browser.expect(201, User, 'POST', '/auth/register/', { username, password, ...more })
    return { browser, user }
  }
}

/** Keeps the session's cookie between calls, as a browser does. */
export class Browser {
  readonly #url: string
  cookie: string | undefined

  constructor(url: string) {
    this.#url = url
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(this.cookie !== undefined && { cookie: this.cookie }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    for (const cookie of response.headers.getSetCookie()) {
      this.cookie = cookie.startsWith('sessionid=;') ? undefined : cookie.split(';')[0]
    }
    return response
  }

  /** Calls, and asserts the status and the form of the body, which it returns. */
  async expect<S extends TSchema>(status: number, schema: S, ...call: Parameters<Browser['call']>): Promise<Static<S>> {
    const response = await this.call(...call)
    const text = await response.text()
    assert.equal(response.status, status, `${call[0]} ${call[1]}: ${text}`)
    const body: unknown = JSON.parse(text)
    assertIs(schema, body)
    return body
  }

  /** Calls, and asserts 204 without a body. */
  async done(...call: Parameters<Browser['call']>): Promise<void> {
    const response = await this.call(...call)
    assert.deepEqual([response.status, await response.text()], [204, ''], `${call[0]} ${call[1]}`)
  }

  /** Calls, and asserts a refusal with `code`; returns the paths of the fields at fault. */
  async refuse(code: ErrorCode, ...call: Parameters<Browser['call']>): Promise<string[]> {
    const body = await this.expect(errorTable[code].status, ErrorBody, ...call)
    assert.equal(body.code, code)
    return body.errors?.map(error => error.path) ?? []
  }
}
