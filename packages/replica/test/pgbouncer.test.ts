// A real PgBouncer in front of PostgreSQL: by session all holds, by transaction nothing starts.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createChat } from '@goftegu/chat'
import { Database, migrate, SharedSessionError } from '@goftegu/database'
import {
  type Cleanup,
  eventually,
  findPgbouncer,
  freshDatabase,
  freshRedis,
  privatePgbouncer,
  spawnService,
} from '@goftegu/testkit'

const api = fileURLToPath(new URL('../../../services/api/src/server.ts', import.meta.url))
const skip = findPgbouncer() ? false : 'no pgbouncer here: apt-get install pgbouncer'

/** An empty database, reached through a PgBouncer in this mode. */
async function databaseBehind(t: Cleanup, poolMode: 'session' | 'transaction') {
  const { url } = await freshDatabase(t)
  const pgbouncer = await privatePgbouncer(t, url, poolMode)
  return { direct: url, url: pgbouncer.urlFor(url) }
}

function open(t: Cleanup, url: string): Database {
  const database = new Database({ url, poolSize: 4 })
  t.after(() => database.close())
  return database
}

suite('behind PgBouncer, pooling by session', { skip }, () => {
  test('the schema is migrated, and each session is set as our pools need it', async t => {
    const { url } = await databaseBehind(t, 'session')
    assert.notDeepEqual(await migrate(url), [])
    assert.deepEqual(await migrate(url), [])
    const database = open(t, url)
    await database.connect()
    const writer = database.createPool('writer', 1, { lock_timeout: '250' })
    t.after(() => writer.end())
    const text = "select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock"
    assert.deepEqual((await database.pool.query(text)).rows, [{ statement: '5s', lock: '2s' }])
    assert.deepEqual((await writer.query(text)).rows, [{ statement: '5s', lock: '250ms' }])
  })

  test('who leaves hands the session over clean', async t => {
    const { url } = await databaseBehind(t, 'session')
    await migrate(url)
    for (let n = 0; n < 3; n++) {
      const database = new Database({ url })
      await database.connect()
      await database.close()
    }
  })

  test('messages are stored, in groups and one sender after the other', async t => {
    const { url } = await databaseBehind(t, 'session')
    await migrate(url)
    const database = open(t, url)
    await database.connect()
    const chat = createChat({ database, committed: () => {}, publicUrl: () => 'http://localhost' })
    t.after(() => chat.close())
    const people =
      "insert into users (username, username_key, password_hash) values ('a', 'a', ''), ('b', 'b', '') returning id"
    const ids = (await database.pool.query<{ id: number }>(people)).rows.map(({ id }) => id)
    const ann = { id: ids[0]!, is_staff: false }
    const group = await chat.conversations.createGroup(ann, { title: 'group', participant_ids: ids })
    const posts = Array.from({ length: 300 }, (_, n) =>
      chat.messages.post(ann, { conversation_id: group.id, content: `message ${n}` }),
    )
    const seqs = (await Promise.all(posts)).map(({ seq }) => seq)
    assert.deepEqual(
      seqs,
      seqs.map((_, n) => seqs[0]! + n),
    )
  })

  test('the API is ready, and stays so when PgBouncer’s sessions are cut', async t => {
    const { url, direct } = await databaseBehind(t, 'session')
    await migrate(url)
    const service = await startApi(t, url)
    const isReady = async () => {
      const answer = await fetch(`${service.readyMatch?.[1]}/readyz`)
      const { checks } = (await answer.json()) as { checks: { postgresql: string } }
      return answer.status === 200 && checks.postgresql === 'ok'
    }
    assert.ok(await isReady())
    const cut =
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
    await open(t, direct).pool.query(cut)
    await eventually(isReady, { ms: 10_000, what: 'the API to reach PostgreSQL again' })
  })
})

suite('behind PgBouncer, pooling by transaction', { skip }, () => {
  test('a session that was lent to others is refused', async t => {
    const { url, direct } = await databaseBehind(t, 'transaction')
    await migrate(direct)
    await assert.rejects(open(t, url).connect(), SharedSessionError)
  })

  test('the API does not start, and says how PgBouncer has to pool', async t => {
    const { url, direct } = await databaseBehind(t, 'transaction')
    await migrate(direct)
    await assert.rejects(startApi(t, url), /PostgreSQL cannot be used: .*must pool by session \(pool_mode = session\)/)
  })
})

async function startApi(t: Cleanup, url: string) {
  const redis = await freshRedis(t)
  const folder = mkdtempSync(join(tmpdir(), 'goftegu-pgbouncer-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return spawnService(t, {
    script: api,
    env: {
      DATABASE_URL: url,
      REDIS_URL: redis.url,
      REDIS_PREFIX: redis.prefix,
      DATA_DIR: folder,
      PORT: '0',
      LOG_LEVEL: 'info',
    },
    ready: /"address":"(http[^"]+)","msg":"ready"/,
    readyWithinMs: 30_000,
  })
}
