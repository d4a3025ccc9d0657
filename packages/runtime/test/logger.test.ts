// Logs: what must never stand in them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '@goftegu/runtime'

function logged(fields: object): string {
  let line = ''
  const log = createLogger({ name: 'test', level: 'info' }, { write: text => (line += text) })
  log.info(fields, 'something happened')
  return line
}

const secret = 'correct horse'

const places = {
  'at the top': { password: secret, token: secret, cookie: secret, content: secret },
  'one level down': { body: { password: secret, token: secret, content: secret } },
  'in headers': {
    req: { headers: { authorization: secret, cookie: secret } },
    res: { headers: { 'set-cookie': [secret] } },
  },
}

for (const [place, fields] of Object.entries(places)) {
  test(`secrets ${place} are cut out`, () => {
    const line = logged({ ...fields, user_id: 7 })
    assert.doesNotMatch(line, new RegExp(secret))
    assert.equal(JSON.parse(line).user_id, 7)
  })
}
