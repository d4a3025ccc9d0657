// The process that a new version's pods wait on: it ends when the schema is there, and not before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { migrate } from '@goftegu/database'
import { freePort, freshDatabase, spawnService, within } from '@goftegu/testkit'

const script = fileURLToPath(new URL('../src/await-schema.ts', import.meta.url))

test('it waits for the migration, and ends well after it', async t => {
  const { url: DATABASE_URL } = await freshDatabase(t)
  const waiting = await spawnService(t, { script, env: { DATABASE_URL }, ready: /Waiting for 0001-initial, / })
  await migrate(DATABASE_URL)
  assert.deepEqual(await within(waiting.exited, 15_000, 'the wait to end'), { code: 0, signal: null })
  const second = await spawnService(t, { script, env: { DATABASE_URL }, ready: /The schema is there/ })
  assert.deepEqual(await within(second.exited, 15_000, 'the second wait to end'), { code: 0, signal: null })
})

test('it waits for a PostgreSQL that is away, leaves when asked, and names a wrong setting', async t => {
  const DATABASE_URL = `postgres://nobody@127.0.0.1:${await freePort()}/none`
  const waiting = await spawnService(t, { script, env: { DATABASE_URL }, ready: /Waiting for PostgreSQL: / })
  assert.deepEqual(await waiting.stop(), { code: 1, signal: null })
  const wrong = spawnService(t, { script, env: { DATABASE_URL: 'x' }, ready: /never/ })
  await assert.rejects(wrong, /DATABASE_URL must be a URL/)
})
