// What one message may do to another in the writer: nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresServers } from '@goftegu/testkit'
import { sql } from 'kysely'
import { Writer } from '../../src/writer/writer.ts'
import { type Person, type World, world } from '../world.ts'
import { answerOf } from './crowd.ts'
import { breachesIn, noBreaches } from './history.ts'

type Table = 'conversation_heads' | 'participants'

for (const server of await postgresServers()) {
  for (const [row, mostMs] of [
    ['conversation_heads', 1_000],
    ['participants', 3_000],
  ] as const) {
    test(`a locked row of ${row} delays nobody else (${server.name})`, async t => {
      const w = await world(t, { server })
      const [ann, bob] = await w.people('ann', 'bob')
      const ids: number[] = []
      for (let n = 0; n < 12; n++) ids.push(await w.group([ann!, bob!]))
      await Promise.all(ids.map(conversation_id => w.chat.messages.post(ann!, { conversation_id, content: 'warm' })))
      // A lock delays whenever it is held, a busy machine only now and then: so one of three conversations will do.
      for (const locked of ids.slice(5, 8)) {
        const slowestMs = await slowestBeside(w, { row, locked, ids, ann: ann!, bob: bob! })
        t.diagnostic(`slowest of the others: ${slowestMs.toFixed(0)} ms`)
        if (slowestMs < mostMs) break
        assert.notEqual(locked, ids[7], `${slowestMs} ms at the best`)
      }
      await w.chat.close()
      assert.deepEqual(await breachesIn(w.direct), noBreaches)
    })
  }

  test(`one bad message harms no other (${server.name})`, async t => {
    const w = await world(t, { server })
    const [ann, bob] = await w.people('ann', 'bob')
    const ids = [await w.group([ann!, bob!]), await w.group([ann!, bob!])]
    const faults: unknown[] = []
    const onError = (error: unknown) => void faults.push(error)
    const writer = new Writer({ database: w.database, committed: () => {}, onError })
    w.closing.push(() => writer.close())
    // PostgreSQL takes no NUL (22021); the check of texts before the writer is passed over here.
    const contents = Array.from({ length: 400 }, (_, n) => (n === 137 ? 'bad\0' : `good ${n}`))
    const answers = await Promise.all(
      contents.map((content, n) =>
        answerOf(writer.post({ conversation_id: ids[n % 2]!, sender_id: ann!.id, key: `key ${n}`, content })),
      ),
    )
    assert.equal(answers[137], 'invalid_request')
    assert.equal(answers.filter(answer => typeof answer !== 'string' && answer.outcome === 'stored').length, 399)
    assert.equal(faults.length, 1)
    const stored = await w.direct.db
      .selectFrom('messages')
      .select(['conversation_id', 'client_id'])
      .orderBy('conversation_id')
      .orderBy('seq')
      .execute()
    const keys = ids.flatMap((_, place) => contents.flatMap((_, n) => (n % 2 === place && n !== 137 ? `key ${n}` : [])))
    assert.deepEqual(
      stored.map(message => message.client_id),
      keys,
      'in the order of the calls',
    )
    assert.deepEqual(await breachesIn(w.direct), noBreaches)
  })

  test(`a key is stored once, also within one group (${server.name})`, async t => {
    const w = await world(t, { server })
    const [ann, bob] = await w.people('ann', 'bob')
    const conversation_id = await w.group([ann!, bob!])
    const send = (who: Person, content: string) =>
      answerOf(w.chat.messages.post(who, { conversation_id, content, client_id: 'k' }))
    const [first, twin, conflict, others] = await Promise.all([
      send(ann!, 'a'),
      send(ann!, 'a'),
      send(ann!, 'b'),
      send(bob!, 'b'),
    ])
    assert.ok(typeof first === 'object' && typeof others === 'object')
    assert.deepEqual(twin, { ...first, outcome: 'repeat' })
    assert.equal(conflict, 'client_id_conflict')
    assert.equal(others.seq, first.seq + 1, 'neither a twin nor a conflict takes a number')
    await w.chat.messages.edit(ann!, { message_id: first.message_id, content: 'c' })
    assert.deepEqual(await send(ann!, 'a'), twin, 'told by the original text')
    await w.chat.messages.remove(ann!, { message_id: first.message_id })
    await w.chat.conversations.removeParticipant(ann!, { conversation_id, user_id: ann!.id })
    assert.deepEqual(await send(ann!, 'a'), twin, 'also after removal: key before membership')
    assert.equal(await send(ann!, 'b'), 'client_id_conflict')
    assert.equal(
      await answerOf(w.chat.messages.post(ann!, { conversation_id, content: 'new' })),
      'conversation_not_found',
    )
    assert.equal(
      await answerOf(w.chat.messages.post(ann!, { conversation_id: 99_999, content: 'new' })),
      'conversation_not_found',
    )
    assert.deepEqual(await breachesIn(w.direct), noBreaches)
  })

  test(`staff post without being participants (${server.name})`, async t => {
    const w = await world(t, { server })
    const [ann] = await w.people('ann')
    const root = await w.staff('root')
    const conversation_id = await w.group([ann!])
    const { seq } = await w.chat.messages.post(root, { conversation_id, content: 'from above' })
    const { conversations } = await w.chat.changes.snapshot([conversation_id])
    assert.deepEqual(
      conversations.get(conversation_id)!.participants.map(one => one.user_id),
      [ann!.id],
    )
    assert.equal(seq, 1)
  })
}

/** Locks a conversation's row, and answers how long the slowest round of messages to all the others took meanwhile. */
async function slowestBeside(
  w: World,
  { row, locked, ids, ann, bob }: { row: Table; locked: number; ids: number[]; ann: Person; bob: Person },
): Promise<number> {
  const others = ids.filter(id => id !== locked)
  const unlock = await lock(w, row, locked)
  const post = (content: string) => w.chat.messages.post(ann, { conversation_id: locked, content })
  const early = Array.from({ length: 20 }, (_, n) => `${n}`)
  const late = Array.from({ length: 40 }, (_, n) => `late ${n}`)
  let isStored = false
  const waiting = Promise.all(early.map(post)).finally(() => {
    isStored = true
  })
  const stored: Promise<unknown>[] = [waiting]
  let slowestMs = 0
  try {
    for (const content of late) {
      const sentMs = performance.now()
      stored.push(post(content))
      await Promise.all(others.map(conversation_id => w.chat.messages.post(bob, { conversation_id, content: 'hi' })))
      slowestMs = Math.max(slowestMs, performance.now() - sentMs)
    }
    assert.equal(isStored, false, 'the locked conversation waits')
  } finally {
    await unlock()
    await Promise.allSettled(stored)
  }
  await Promise.all(stored)
  const seqs = (await waiting).map(({ seq }) => seq)
  assert.deepEqual(
    seqs,
    seqs.toSorted((a, b) => a - b),
    'in the order of the calls',
  )
  const messages = await w.direct.db
    .selectFrom('messages')
    .select('content')
    .where('conversation_id', '=', locked)
    .where('sender_id', '=', ann.id)
    .orderBy('seq')
    .execute()
  assert.deepEqual(
    messages.map(({ content }) => content),
    ['warm', ...early, ...late],
  )
  return slowestMs
}

/** Holds a row until the returned function is called. */
async function lock(w: World, table: Table, conversation_id: number) {
  const release = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = w.direct.db.transaction().execute(async tx => {
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
    await sql`select from ${sql.table(table)} where conversation_id = ${conversation_id} for update`.execute(tx)
    held.resolve()
    await release.promise
  })
  await held.promise
  return async () => {
    release.resolve()
    await holding
  }
}
