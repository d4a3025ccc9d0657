// A person at the API: calls that answer status, headers and body, and check the form of every answer.
import assert from 'node:assert/strict'
import { ErrorBody, errorTable, type User } from '@goftegu/protocol'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'

export type Answer = { status: number; headers: Headers; bytes: Buffer; body: unknown }
type Options = { headers?: Record<string, string>; raw?: string | Uint8Array | FormData | ReadableStream }

/** Asserts that `value` is exactly of `schema`: the schemas are closed, so a missing and an unknown field both show. */
export function assertIs<S extends TSchema>(schema: S, value: unknown): asserts value is Static<S> {
  const [fault] = Value.Errors(schema, value)
  assert.ok(Value.Check(schema, value), `${fault?.instancePath}: ${fault?.message} in ${JSON.stringify(value)}`)
}

/** `deepEqual` would take minutes to print how two files differ. */
export function assertSameBytes(actual: Buffer, expected: Buffer): void {
  assert.ok(actual.equals(expected), `${actual.length} bytes are not the expected ${expected.length}`)
}

export class Client {
  readonly url: string
  readonly token: string | undefined
  readonly #user: User | undefined

  constructor(url: string, token: string | undefined, user: User | undefined) {
    this.url = url
    this.token = token
    this.#user = user
  }

  get user(): User {
    assert.ok(this.#user, 'somebody who is logged in')
    return this.#user
  }

  /** Sends `body` as JSON, or `raw` as it is; an error is checked to be one of the table, whoever caused it. */
  async call(method: string, path: string, body?: unknown, { headers = {}, raw }: Options = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      redirect: 'manual',
      ...(raw instanceof ReadableStream && { duplex: 'half' }),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
    const answer = {
      status: response.status,
      headers: response.headers,
      bytes,
      body: isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined,
    }
    if (answer.status >= 400 && method !== 'HEAD') assertError(answer)
    return answer
  }

  /** Calls, and asserts the status and the schema of the body; returns the body. */
  async expect<S extends TSchema>(status: number, schema: S, ...call: Parameters<Client['call']>): Promise<Static<S>> {
    const { status: answered, body, bytes } = await this.call(...call)
    assert.equal(answered, status, `${call[0]} ${call[1]}: ${bytes}`)
    assertIs(schema, body)
    return body
  }

  /** Calls, and asserts a refusal with `code`. */
  async refuse(code: keyof typeof errorTable, ...call: Parameters<Client['call']>): Promise<Answer> {
    const answer = await this.call(...call)
    assert.deepEqual(
      [answer.status, codeOf(answer)],
      [errorTable[code].status, code],
      `${call[0]} ${call[1]}: ${answer.bytes}`,
    )
    return answer
  }
}

/** Every refusal has a code of the table, with that code's status, and no other 5xx than 503 exists. */
export function assertError(answer: Pick<Answer, 'status' | 'body'>): void {
  assertIs(ErrorBody, answer.body)
  const table: Record<string, { status: number }> = errorTable
  const code = codeOf(answer)
  assert.equal(table[code]?.status, answer.status, `${answer.status} ${code}`)
  assert.ok(answer.status < 500 || answer.status === 503, 'no other 5xx than 503')
}

export function codeOf({ body }: Pick<Answer, 'body'>): string {
  return (body as { code: string }).code
}
