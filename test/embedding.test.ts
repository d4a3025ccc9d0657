// docs/embedding.md does what it says: a backend makes a user and a session, and ends it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database, migrate } from '@goftegu/database'
import { findPostgres15, freshDatabase, spawnService } from '@goftegu/testkit'
import { blocksOf, readDocument, repository } from './documents/markdown.ts'
import { Terminal } from './documents/terminal.ts'
import { inReverse } from './replicas/in-reverse.ts'

const commands = blocksOf(readDocument('docs/embedding.md')).filter(({ name }) => name === 'embedding')
const binaries = findPostgres15()
const skip = binaries ? false : 'no psql here: apt-get install postgresql-15'

test('a backend makes a user and a session, makes them staff, and ends the session', { skip }, async t => {
  const life = inReverse(t)
  const { url } = await freshDatabase(life, migrate)
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-embedding-'))
  life.after(() => rm(folder, { recursive: true, force: true }))
  const service = await spawnService(life, {
    script: join(repository, 'services/standalone/src/server.ts'),
    env: { DATABASE_URL: url, REDIS_URL: '', PORT: '0', DATA_DIR: folder, REGISTRATION: 'closed', PUBLIC_URL: '' },
    ready: /ready at (http\S+)/,
    readyWithinMs: 40_000,
  })
  const database = new Database({ url })
  life.after(() => database.close())
  const sessions = async () => (await database.pool.query('select user_id from sessions')).rows.length

  const terminal = new Terminal(t, binaries!)
  await terminal.run(`export DATABASE_URL='${url}' CHAT='${service.readyMatch![1]}'`)
  const [user, session, me, end, staff] = commands.map(({ text }) => text)
  assert.equal(commands.length, 5)
  await terminal.run(user!)
  await terminal.run(user!) // a change of name is the same command
  await terminal.run(session!)
  const answer = await terminal.run(me!)
  assert.match(answer, /"username":"u-1207","first_name":"Ann","last_name":"Lee"/)
  await terminal.run(staff!)
  const { rows } = await database.pool.query('select username, is_staff from users')
  assert.deepEqual(rows, [{ username: 'u-1207', is_staff: true }])
  assert.equal(await sessions(), 1)
  await terminal.run(end!)
  assert.equal(await sessions(), 0)
  assert.match(await terminal.run(me!), /"code":"not_authenticated"/)
})
