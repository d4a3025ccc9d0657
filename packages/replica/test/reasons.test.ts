// What somebody hears whose PostgreSQL cannot be used: what to do, by the setting's name.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Database, migrate } from '@goftegu/database'
import { freePort, freshDatabase } from '@goftegu/testkit'
import { reasonOf } from '../src/reasons.ts'

const cases: [string, (url: URL) => void, RegExp][] = [
  [
    'nobody listens',
    url => (url.host = url.host.replace(/:.*/, `:${closed}`)),
    /ECONNREFUSED.*: nobody listens there\. .*DATABASE_URL/,
  ],
  [
    'no such host',
    url => (url.hostname = 'nowhere.invalid'),
    /nowhere\.invalid: there is no host of that name\. .*DATABASE_URL/,
  ],
  ['a wrong password', url => (url.password = 'wrong'), /correct the user or the password in DATABASE_URL/],
  ['no such database', url => (url.pathname = '/nothing'), /create the database, or name another in DATABASE_URL/],
]
const closed = await freePort()

for (const [name, change, expected] of cases) {
  test(`${name}: what to do is said, and no secret`, async t => {
    const url = new URL((await freshDatabase(t, migrate)).url)
    const { password } = url
    change(url)
    const database = new Database({ url: url.href, applicationName: 'the test' })
    t.after(() => database.close())
    const reason = await database.connect().then(() => 'it connected', reasonOf)
    assert.match(reason, expected)
    assert.ok(!reason.includes(password))
  })
}

test('an address without a password, where the server asks for one by SCRAM', () => {
  const error = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string') // pg's words
  assert.match(reasonOf(error), /DATABASE_URL=postgresql:\/\/USER:PASSWORD@HOST:PORT\/DATABASE/)
})
