// Somebody who registers and writes through the load balancer.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import { connect, type SocketClient } from '@goftegu/testkit'

type Answer = { status: number; headers: Headers; body: Record<string, unknown> }

/** A registered person with a token. */
export class Person {
  readonly url: string
  readonly id: number
  readonly headers: Record<string, string>

  constructor(url: string, id: number, token: string) {
    this.url = url
    this.id = id
    this.headers = { authorization: `Bearer ${token}` }
  }

  /** Makes somebody new. */
  static async register(url: string): Promise<Person> {
    const account = { username: `p${randomBytes(6).toString('hex')}`, password: 'correct horse', token: true }
    const { status, body } = await post(`${url}/api/auth/register/`, account)
    assert.equal(status, 201, JSON.stringify(body))
    return new Person(url, body.id as number, body.token as string)
  }

  post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return post(this.url + path, body, { ...this.headers, ...headers })
  }

  /** The body of a 200. `path` may be an absolute URL, as the next page's is. */
  async get<Body>(path: string): Promise<Body> {
    const response = await fetch(new URL(path, this.url), { headers: this.headers })
    assert.equal(response.status, 200, path)
    return (await response.json()) as Body
  }

  listen(conversation: number): Promise<SocketClient> {
    return connect(`${this.url}/ws/chat/${conversation}/`, { headers: this.headers, ms: 20_000 })
  }
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  }
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
}

/** A login over TLS with an authority of the test's own: the status, and the cookie that it sets. */
export function registerOverTls(url: string, ca: string): Promise<{ status: number; cookie: string; hsts: string }> {
  const body = JSON.stringify({ username: `p${randomBytes(6).toString('hex')}`, password: 'correct horse' })
  const options = { method: 'POST', ca, headers: { 'content-type': 'application/json' } }
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/api/auth/register/`, options, response => {
      const { 'set-cookie': cookie = [], 'strict-transport-security': hsts = '' } = response.headers
      response.resume().on('end', () => resolve({ status: response.statusCode ?? 0, cookie: cookie.join(), hsts }))
    })
    sent.on('error', reject).end(body)
  })
}
