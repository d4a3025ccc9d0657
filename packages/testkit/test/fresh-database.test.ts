// Fresh databases: migrated, apart from each other, gone afterwards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { freshDatabase, postgresServers } from '../src/index.ts'

let migrations = 0

async function migrate(url: string): Promise<void> {
  migrations++
  await query(url, 'create table notes (text text)')
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('two databases are migrated once, and know nothing of each other', async t => {
  const [one, other] = await Promise.all([freshDatabase(t, migrate), freshDatabase(t, migrate)])
  await query(one.url, "insert into notes values ('سلام')")
  assert.deepEqual(await query(one.url, 'select text, length(text) from notes'), [{ text: 'سلام', length: 4 }])
  assert.deepEqual(await query(other.url, 'select text from notes'), [])
  // A server given from outside is left without templates, unless a whole run drops them at its end.
  const hasTemplates = process.env.TEST_RUN_ID !== undefined || process.env.TEST_DATABASE_URL === undefined
  assert.ok(migrations <= (hasTemplates ? 1 : 2), `migrated ${migrations} times`)
})

test('without a migration the database is empty', async t => {
  const { url } = await freshDatabase(t)
  assert.deepEqual(await query(url, "select from pg_tables where schemaname = 'public'"), [])
})

test('a database is gone after its test, whoever is still connected', async t => {
  let url = ''
  await t.test('a test that forgets to disconnect', async t => {
    url = (await freshDatabase(t, migrate)).url
    const forgotten = new pg.Client({ connectionString: url })
    forgotten.on('error', () => {})
    await forgotten.connect()
  })
  await assert.rejects(query(url, 'select 1'), { code: '3D000' })
})

for (const server of await postgresServers()) {
  test(`fsync is on, text is UTF8, and the order of text does not depend on the machine (${server.name})`, async t => {
    const { url } = await freshDatabase(t, migrate, { server })
    const [row] = await query(
      url,
      `select current_setting('fsync') as fsync, pg_encoding_to_char(encoding) as encoding, datcollate as collation
         from pg_database where datname = current_database()`,
    )
    assert.deepEqual(row, { fsync: 'on', encoding: 'UTF8', collation: 'C.UTF-8' })
  })
}
