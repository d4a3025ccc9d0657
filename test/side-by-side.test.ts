// Two versions side by side: this one's services on a database, and a bus, that the next version has begun to use.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { conversationChannel, createBroker } from '@goftegu/bus'
import { Database, knownMigrations, migrate } from '@goftegu/database'
import { encode } from '@goftegu/protocol'
import { type Cleanup, connect, freshDatabase, freshRedis, spawnService } from '@goftegu/testkit'
import { inReverse } from './replicas/in-reverse.ts'
import { startInstallation } from './replicas/installation.ts'
import { addPeople, type Person } from './replicas/people.ts'
import { Rest } from './replicas/rest.ts'

const gateway = fileURLToPath(new URL('../services/gateway/src/server.ts', import.meta.url))

/** What the next version's migrations may do: add. And a type of change that this version has never heard of. */
const expansion = `
  alter table messages add column reply_to bigint references messages;
  create index messages_reply_to on messages (reply_to) where reply_to is not null;
  create table reactions (message_id bigint not null, user_id bigint not null, emoji text not null);
  alter table conversation_changes drop constraint conversation_changes_type_check;
  insert into kysely_migration (name, timestamp) values ('9999-reactions', now()::text)`

type Installation = Awaited<ReturnType<typeof startInstallation>>

async function talk(t: TestContext) {
  const installation = await startInstallation(inReverse(t))
  const [ann, bob] = (await addPeople(installation.database, ['ann', 'bob'])) as [Person, Person]
  const rest = new Rest(installation.apiUrl, ann.token)
  const first = await rest.call('POST', '/api/messages/', { recipient_id: bob.id, content: 'first' })
  const { conversation } = first.body as { conversation: number }
  const say = async (content: string) => {
    const { status } = await rest.call('POST', '/api/messages/', { conversation_id: conversation, content })
    assert.equal(status, 201)
  }
  const sockets = await Promise.all(installation.gateways.map(({ url }) => listen(url, conversation, bob)))
  return { installation, conversation, ann, bob, say, sockets }
}

async function listen(url: string, conversation: number, { token }: Person, query = '') {
  const headers = { authorization: `Bearer ${token}` }
  const socket = await connect(`${url}/ws/chat/${conversation}/${query}`, { headers })
  const ready = await socket.next('ready')
  return { socket, ready }
}

/** What a replica of the next version does: stores a change of its own type, and announces it in its own words. */
async function react(
  { database, redis }: Installation,
  t: Cleanup,
  conversation: number,
  user: number,
): Promise<number> {
  const { rows } = await database.pool.query<{ seq: number; epoch: string }>(
    `with head as (update conversation_heads set last_seq = last_seq + 1 where conversation_id = $1 returning last_seq)
     insert into conversation_changes (conversation_id, seq, type, actor_id, data)
     select $1, last_seq, 'reaction_added', $2, '{"emoji": "👍"}' from head returning seq, current_epoch() as epoch`,
    [conversation, user],
  )
  const { seq, epoch } = rows[0]!
  const event = { type: 'conversation_renamed' as const, seq, title: '' }
  const bytes = encode({ conversation_id: conversation, epoch, event })
  bytes[1] = 8 // the next free kind
  const broker = createBroker({ ...redis, replicaId: 'next version', onError: () => {} })
  t.after(() => broker.close())
  await broker.start()
  assert.equal(await broker.publish(conversationChannel(conversation), bytes), 'published')
  return seq
}

suite('beside the next version', () => {
  test('the database is migrated under running services: nobody notices, and more can be started', async t => {
    const { installation, say, sockets } = await talk(t)
    await installation.database.pool.query(expansion)
    await say('after the migration')
    for (const { socket } of sockets)
      await socket.expectPush('new_message', { message: { content: 'after the migration' } })
    await installation.gateways[0]!.kill()
    await installation.gateways[0]!.startAgain()
    assert.match(installation.gateways[0]!.output(), /9999-reactions.*migrated by a later version/)
  })

  test('a change that only the next version knows: its number is told at once, and what follows comes', async t => {
    const { installation, conversation, ann, bob, say, sockets } = await talk(t)
    await installation.database.pool.query(expansion)
    const seq = await react(installation, t, conversation, ann.id)
    await say('after the reaction')
    for (const { socket } of sockets) {
      // Far sooner than the comparison of all heads, which is every 10 s.
      await socket.expectPush(
        'new_message',
        { seq: seq + 1, message: { content: 'after the reaction' } },
        { ms: 4_000 },
      )
      const numbers = socket.frames
        .map(frame => JSON.parse(frame))
        .flatMap(({ type, seq }) => (type !== 'ready' && seq ? [{ type, seq }] : []))
      assert.deepEqual(numbers, [
        { type: 'reaction_added', seq },
        { type: 'new_message', seq: seq + 1 },
      ])
    }
    const { ready } = sockets[0]!
    const resumed = await listen(
      installation.gateways[1]!.url,
      conversation,
      bob,
      `?since=${seq - 1}&epoch=${ready.epoch}`,
    )
    await resumed.socket.expectPush('new_message', { seq: seq + 1 })
    assert.ok(resumed.socket.frames.some(frame => frame.includes('"reaction_added"')))
  })
})

test('this version refuses a database that the version before has migrated, and says what to run', async t => {
  const { url } = await freshDatabase(t, migrate)
  const older = new Database({ url })
  const last = knownMigrations.at(-1)!
  await older.pool.query('delete from kysely_migration where name = $1', [last])
  await older.close()
  const redis = await freshRedis(t)
  const starting = spawnService(t, {
    script: gateway,
    env: { DATABASE_URL: url, REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix, PORT: '0' },
    ready: /"msg":"ready"/,
  })
  await assert.rejects(starting, new RegExp(`The database lacks ${last} of this version. Run first: npm run migrate`))
})
