// What is written down of a request, and what never is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '@goftegu/runtime'
import { eventually } from '@goftegu/testkit'
import { createServer } from '../src/index.ts'

test('one line for each request, without what was said in it', async t => {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', level: 'info' }, { write: line => lines.push(line) })
  const app = createServer({ logger })
  t.after(() => app.close())
  app.get('/fault/', async () => {
    throw Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Failing row contains (secret text)' })
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  lines.length = 0
  await fetch(`${url}/nowhere/?search=secret`, {
    headers: { authorization: 'Bearer secret', cookie: 'sessionid=secret' },
  })
  await fetch(`${url}/fault/`)
  await eventually(() => lines.length >= 3)
  assert.deepEqual(
    lines.map(line => JSON.parse(line)).map(({ msg, method, path, status }) => ({ msg, method, path, status })),
    [
      { msg: 'request', method: 'GET', path: '/nowhere/', status: 404 },
      { msg: 'unexpected error', method: undefined, path: undefined, status: undefined },
      { msg: 'request', method: 'GET', path: '/fault/', status: 503 },
    ],
  )
  assert.match(lines[1]!, /23505/)
  assert.doesNotMatch(lines.join(), /secret/)
})
