// A person at the API, from outside: calls that judge the status and the form of every answer.
import assert from 'node:assert/strict'
import { type ErrorCode, errorTable } from '@goftegu/protocol'
import type { FieldType } from './fixed-contract.ts'
import { faultsOf } from './judge.ts'

export type Answer = { status: number; headers: Headers; bytes: Buffer; body: unknown }
/** What an answer's fields are is for the judge; a case reads those that it knows. */
// biome-ignore lint/suspicious/noExplicitAny: the answers of a server that is not trusted to keep to a type
export type Body = any
type Options = { headers?: Record<string, string>; raw?: string | Uint8Array<ArrayBuffer> | FormData }

/** Long enough for a busy machine, short enough for a request that nobody answers. */
const answerWithinMs = 20_000

export class Caller {
  readonly url: string
  readonly token: string | undefined

  constructor(url: string, token?: string) {
    this.url = url
    this.token = token
  }

  /** Sends `body` as JSON, or a form, or `raw` as it is. A refusal must be one of the table, with its status. */
  async call(method: string, path: string, body?: unknown, { headers = {}, raw }: Options = {}): Promise<Answer> {
    const isJson = body !== undefined && !(body instanceof FormData)
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(isJson && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: raw ?? (isJson ? JSON.stringify(body) : (body as FormData | undefined)),
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWithinMs),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const hasJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
    const answer = {
      status: response.status,
      headers: response.headers,
      bytes,
      body: hasJson && bytes.length > 0 ? (JSON.parse(bytes.toString()) as unknown) : undefined,
    }
    if (answer.status >= 400 && method !== 'HEAD') assertRefusal(answer, `${method} ${path}`)
    return answer
  }

  /** Calls, and asserts the status and every fixed field of the answer; `null` for an answer without a body. */
  async expect(status: number, type: FieldType | null, ...call: Parameters<Caller['call']>): Promise<Body> {
    const answer = await this.call(...call)
    const what = `${call[0]} ${call[1]}`
    assert.equal(answer.status, status, `${what}: ${answer.bytes}`)
    if (type === null) assert.equal(answer.bytes.length, 0, what)
    else assert.deepEqual(faultsOf(type, answer.body), [], what)
    return answer.body
  }

  /** Calls, and asserts the refusal with `code`. */
  async refuse(code: ErrorCode, ...call: Parameters<Caller['call']>): Promise<Answer> {
    const answer = await this.call(...call)
    assert.equal(codeOf(answer.body), code, `${call[0]} ${call[1]}: ${answer.status} ${answer.bytes}`)
    return answer
  }
}

/** A body with `detail` and a `code` of our one table, whose status it has; no other 5xx than 503. */
export function assertRefusal({ status, body }: Pick<Answer, 'status' | 'body'>, what: string): void {
  assert.deepEqual(faultsOf('ErrorBody', body), [], `${what}: ${status}`)
  const table: Record<string, { status: number }> = errorTable
  assert.equal(table[codeOf(body)]?.status, status, `${what}: ${JSON.stringify(body)}`)
  assert.ok(status < 500 || status === 503, `${what}: no other 5xx than 503`)
}

export function codeOf(body: unknown): string {
  return (body as { code: string }).code
}
