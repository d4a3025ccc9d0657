// Whether an answer of REST is one that the documents and the OpenAPI document describe.
import type { RawAnswer } from '@goftegu/testkit'
import { faultsOf } from '../contract/judge.ts'
import { documentedErrors, faultCodes } from './documented.ts'
import type { Operation } from './operations.ts'
import type { Hostile } from './requests.ts'

/** What is wrong, one sentence each. */
export function faultsOfAnswer(
  answer: RawAnswer,
  { method, target }: Hostile,
  operations: readonly Operation[],
): string[] {
  return answer.status >= 400 ? faultsOfRefusal(answer, method) : faultsOfSuccess(answer, method, target, operations)
}

function faultsOfRefusal({ status, body, text }: RawAnswer, method: string): string[] {
  if (method === 'HEAD' && body === undefined) return status < 500 || status === 503 ? [] : [`a 5xx: ${status}`]
  const faults = faultsOf('ErrorBody', withoutErrors(body))
  if (faults.length > 0) return [`${status} with ${text.slice(0, 500)}: ${faults.join('; ')}`]
  const { code } = body as { code: string }
  if (documentedErrors.get(code) !== status) return [`${status} ${code} is not in docs/errors.md`]
  const hasRetryAfter = /^retry-after: \d+\r$/im.test(text)
  if ((status === 429 || status === 503) && !hasRetryAfter) return [`${status} without Retry-After`]
  return faultCodes.has(code) ? [`${code}, though nothing was away`] : []
}

/** The list of fields is judged by its own test; here the body as a whole is. */
function withoutErrors(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'errors'))
}

function faultsOfSuccess(
  { status, body }: RawAnswer,
  method: string,
  target: string,
  operations: readonly Operation[],
): string[] {
  const path = target.replace(/^http:\/\/[^/]*/, '').split(/[?#]/, 1)[0]!
  const operation = operations.find(each => each.method === method && each.pattern.test(path))
  if (!operation) return isKnownElsewhere(method, path, operations) ? [] : [`${status} to a call that nobody describes`]
  const isRange = status === 206 && operation.path.startsWith('/api/attachments/')
  if (!operation.answers.has(status) && !isRange) return [`${status} is not among its answers`]
  const validator = operation.answers.get(status)
  return validator?.Errors(body).map(({ instancePath, message }) => `the answer's ${instancePath} ${message}`) ?? []
}

/** HEAD is GET without the body; the description describes itself. */
function isKnownElsewhere(method: string, path: string, operations: readonly Operation[]): boolean {
  if (path === '/api/openapi.json') return true
  return method === 'HEAD' && operations.some(each => each.method === 'GET' && each.pattern.test(path))
}
