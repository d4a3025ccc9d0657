// The table of errors: held equal to its page, and what an error says to a client.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Value } from 'typebox/value'
import { ChatError, ErrorBody, errorTable } from '../src/index.ts'

test('docs/errors.md says what the table says, line by line and in its order', () => {
  const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \| (yes|no) \| (.+) \|$/gm)]
  const documented = rows.map(([, code, status, again, detail]) => ({ code, status, again, detail }))
  const coded = Object.entries(errorTable).map(([code, { status, retry, detail }]) => {
    return { code, status: String(status), again: retry ? 'yes' : 'no', detail }
  })
  assert.deepEqual(documented, coded)
})

test('every error tells a person something, in a whole sentence', () => {
  for (const [code, { status, detail }] of Object.entries(errorTable)) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/)
    assert.ok(detail.length > 10 && detail.endsWith('.'), code)
    assert.ok((status >= 400 && status < 500) || status === 503, `${code} is no other 5xx than 503`)
  }
})

test('an error’s body is the one of the contract', () => {
  const plain = new ChatError('busy')
  assert.deepEqual(plain.toBody(), { detail: errorTable.busy.detail, code: 'busy' })
  assert.equal(plain.retryAfterSeconds, 1, 'a 503 says when to come back')
  const cause = new Error('below')
  const full = new ChatError('invalid_request', { detail: 'No.', errors: [{ path: '/a', detail: 'b' }], cause })
  assert.equal(full.cause, cause)
  assert.equal(full.status, 400)
  assert.equal(full.retryAfterSeconds, undefined)
  assert.ok(Value.Check(ErrorBody, full.toBody()))
})
