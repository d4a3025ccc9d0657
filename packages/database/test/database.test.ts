// The pool, the epoch, and transactions that lock first.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Database, migrate, withHead } from '@goftegu/database'
import { freshDatabase, postgresServers } from '@goftegu/testkit'
import { sql } from 'kysely'

for (const server of await postgresServers()) {
  test(`migrating again, or from several processes, changes nothing (${server.name})`, async t => {
    const { url } = await freshDatabase(t, undefined, { server })
    const runs = await Promise.all([migrate(url), migrate(url), migrate(url)])
    assert.deepEqual(runs.flat(), ['0001-initial', '0002-epoch', '0003-post-messages', '0004-blobs'])
    assert.deepEqual(await migrate(url), [])
  })

  test(`the epoch is the same for all connections until its key is renewed (${server.name})`, async t => {
    const { url } = await freshDatabase(t, migrate, { server })
    const [one, other] = [new Database({ url }), new Database({ url })]
    t.after(() => Promise.all([one.close(), other.close()]))
    assert.equal(one.epoch, '')
    const epochs: string[] = []
    let connections = 0
    one.onEpoch(epoch => epochs.push(epoch))
    one.onConnected(() => connections++)
    await Promise.all([one.connect(), other.connect()])
    assert.match(one.epoch, /^[0-9a-f]{16}$/)
    assert.equal(one.epoch, other.epoch)
    await sql`update installation set epoch_key = gen_random_uuid()`.execute(other.db)
    // All at once, so that the pool opens a second connection.
    await Promise.all([one.connect(), one.connect()])
    assert.notEqual(one.epoch, other.epoch)
    assert.deepEqual(epochs, [one.epoch])
    assert.ok(connections >= 2)
  })

  test(`int8 is a number or an error, never another number (${server.name})`, async t => {
    const { url } = await freshDatabase(t, migrate, { server })
    const database = new Database({ url })
    t.after(() => database.close())
    const { rows } = await sql<{ n: number }>`select 9007199254740991::int8 as n`.execute(database.db)
    assert.equal(rows[0]!.n, Number.MAX_SAFE_INTEGER)
    await assert.rejects(sql`select 9007199254740992::int8 as n`.execute(database.db), RangeError)
  })

  test(`what is read after the lock was committed before it (${server.name})`, async t => {
    const { url } = await freshDatabase(t, migrate, { server })
    const database = new Database({ url })
    t.after(() => database.close())
    await sql`insert into conversations (id, kind) values (7, 'group')`.execute(database.db)
    await sql`insert into conversation_heads (conversation_id) values (7)`.execute(database.db)
    const count = () =>
      withHead(database.db, 7, async (tx, head) => {
        await tx
          .updateTable('conversation_heads')
          .set({ last_seq: head!.last_seq + 1 })
          .where('conversation_id', '=', 7)
          .execute()
        return head!.last_seq
      })
    const seen = await Promise.all(Array.from({ length: 20 }, count))
    assert.deepEqual(
      seen.sort((a, b) => a - b),
      seen.map((_, n) => n),
    )
    assert.equal(await withHead(database.db, 8, async (_, head) => head), null)
    assert.equal(await withHead(database.db, { message_id: 1 }, async (_, head) => head), null)
  })

  test(`post_messages() refuses another isolation level (${server.name})`, async t => {
    const { url } = await freshDatabase(t, migrate, { server })
    const database = new Database({ url })
    t.after(() => database.close())
    const call = database.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(tx => sql`select * from post_messages('{1}', '{1}', '{k}', '{c}', true)`.execute(tx))
    await assert.rejects(call, /READ COMMITTED/)
  })
}
