// How often PostgreSQL is asked: once for a message, once for a page of history.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresServers, type RoundTripCounter, roundTripCounter } from '@goftegu/testkit'
import { world } from '../world.ts'

for (const server of await postgresServers()) {
  test(`round trips to PostgreSQL (${server.name})`, async t => {
    let counter: RoundTripCounter | undefined
    const w = await world(t, {
      server,
      poolSize: 1,
      writer: { lanes: 1 },
      through: async url => {
        counter = await roundTripCounter(t, url)
        return counter.url
      },
    })
    const [ann, bob] = await w.people('ann', 'bob')
    const conversation_id = await w.group([ann!, bob!])
    const { message_id } = await w.chat.messages.post(ann!, {
      conversation_id,
      content: 'the first opens a connection',
    })
    const trips = (work: () => Promise<unknown>) => counter!.during(work)

    assert.equal(await trips(() => w.chat.messages.post(ann!, { conversation_id, content: 'alone' })), 1)
    assert.equal(await trips(() => w.chat.messages.page(bob!, conversation_id, {})), 1)
    assert.equal(await trips(() => w.chat.messages.get(bob!, message_id)), 1)
    assert.equal(await trips(() => w.chat.conversations.list(bob!)), 1)
    assert.equal(await trips(() => w.chat.conversations.get(bob!, conversation_id)), 1)
    assert.equal(await trips(() => w.chat.reads.mark(bob!, { conversation_id, seq: 1 })), 1)
    assert.equal(await trips(() => w.chat.changes.snapshot([conversation_id])), 1)
    const range = { conversation_id, since: 0, until: 9, visible_from: 1 }
    assert.equal(await trips(() => w.chat.changes.replay([range, { ...range, visible_from: 2 }])), 1)
    const many = Array.from({ length: 300 }, (_, n) => ({ conversation_id, content: `one of many ${n}` }))
    assert.equal(await trips(() => Promise.all(many.map(message => w.chat.messages.post(ann!, message)))), 1)
  })
}
