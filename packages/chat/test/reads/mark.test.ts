// Read positions rise and never fall, and unread messages are counted from them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from '../world.ts'

test('a position rises to the head at most, and only news is heard', async t => {
  const w = await world(t)
  const [ann, bob, eve] = await w.people('ann', 'bob', 'eve')
  const root = await w.staff('root')
  const conversation_id = await w.group([ann!, bob!])
  for (const content of ['a', 'b', 'c']) await w.chat.messages.post(ann!, { conversation_id, content })
  w.events.length = 0
  const mark = (seq: number) => w.chat.reads.mark(bob!, { conversation_id, seq })
  await mark(2)
  await mark(1)
  await mark(2)
  await Promise.all([mark(99), mark(99)])
  assert.deepEqual(
    w.events.map(({ event }) => event),
    [
      { type: 'read_updated', user_id: bob!.id, read_seq: 2 },
      { type: 'read_updated', user_id: bob!.id, read_seq: 3 },
    ],
  )
  await assert.rejects(w.chat.reads.mark(eve!, { conversation_id, seq: 1 }), { code: 'conversation_not_found' })
  await w.chat.reads.mark(root, { conversation_id, seq: 1 })
  assert.equal(w.events.length, 2, 'staff from outside have no position')
})

test("unread are others' undeleted messages, counted to 100", async t => {
  const w = await world(t)
  const [ann, bob] = await w.people('ann', 'bob')
  const conversation_id = await w.group([ann!, bob!])
  const unread = async () => (await w.chat.conversations.get(bob!, conversation_id)).unread_count
  const { message_id } = await w.chat.messages.post(ann!, { conversation_id, content: 'a' })
  await w.chat.messages.post(ann!, { conversation_id, content: 'b' })
  assert.equal(await unread(), 2)
  await w.chat.messages.remove(ann!, { message_id })
  assert.equal(await unread(), 1)
  await w.chat.messages.post(bob!, { conversation_id, content: 'mine' })
  assert.equal(await unread(), 0, 'sending moves the position')
  const many = Array.from({ length: 120 }, (_, n) => `${n}`)
  await Promise.all(many.map(content => w.chat.messages.post(ann!, { conversation_id, content })))
  assert.equal(await unread(), 100)
})
