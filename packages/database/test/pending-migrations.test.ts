// Which migrations a database still lacks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrate, pendingMigrations } from '@goftegu/database'
import { freshDatabase } from '@goftegu/testkit'
import pg from 'pg'

test('one migration short is not enough, and a later version’s is no matter', async t => {
  const { url } = await freshDatabase(t, migrate)
  assert.deepEqual(await pendingMigrations(url), [])
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // it is cut when its database is dropped
  await client.connect()
  t.after(() => client.end())
  await client.query("insert into kysely_migration (name, timestamp) values ('9999-later', 'now')")
  assert.deepEqual(await pendingMigrations(url), [])
  assert.deepEqual(await migrate(url), [], 'an older version has nothing to do')
  await client.query("delete from kysely_migration where name = '0002-epoch'")
  assert.deepEqual(await pendingMigrations(url), ['0002-epoch'])
})
