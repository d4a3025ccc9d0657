// What is replayed: every number in order, with the text as it is now.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from '../world.ts'

test('a replay carries the current state, and nothing that was deleted', async t => {
  const w = await world(t)
  const [ann, bob] = await w.people('ann', 'bob')
  const conversation_id = await w.group([ann!, bob!])
  const kept = await w.chat.messages.post(ann!, { conversation_id, content: 'draft', client_id: 'k' })
  const gone = await w.chat.messages.post(bob!, { conversation_id, content: 'secret' })
  await w.chat.messages.edit(ann!, { message_id: kept.message_id, content: 'final' })
  const file = { blob_key: 'b', file_name: 'a.png', media_type: 'image/png', byte_size: 1 }
  await w.chat.attachments.add(bob!, { conversation_id, message_id: gone.message_id, ...file })
  await w.chat.messages.edit(bob!, { message_id: gone.message_id, content: 'secret, edited' })
  await w.chat.messages.remove(bob!, { message_id: gone.message_id })
  const changes = (await w.chat.changes.replay([{ conversation_id, since: 0, until: 6, visible_from: 1 }]))[0]!
  const [annSent, bobSent] = [kept, gone].map(({ message_id, created_at }, at) => ({
    id: message_id,
    sender: { id: [ann!, bob!][at]!.id, username: ['ann', 'bob'][at], profile_picture: null },
    content: ['final', ''][at],
    timestamp: created_at.toISOString(),
  }))
  const message_id = gone.message_id
  assert.deepEqual(
    changes.map(({ event }) => event),
    [
      { type: 'new_message', seq: 1, changed_seq: 3, client_id: 'k', message: annSent },
      { type: 'new_message', seq: 2, changed_seq: 6, message: bobSent },
      { type: 'message_edited', seq: 3, changed_seq: 3, message: { id: kept.message_id, content: 'final' } },
      { type: 'attachment_added', seq: 4, changed_seq: 6, message_id, attachment: null },
      { type: 'message_edited', seq: 5, changed_seq: 6, message: { id: message_id, content: '' } },
      { type: 'message_deleted', seq: 6, changed_seq: 6, message_id },
    ],
  )
  assert.ok(changes.every(change => change.conversation_id === conversation_id && change.epoch === w.database.epoch))
})

test('ranges end where they say, and each is answered by itself', async t => {
  const w = await world(t)
  const [ann] = await w.people('ann')
  const ids = [await w.group([ann!]), await w.group([ann!])]
  for (const conversation_id of ids) {
    for (let n = 0; n < 10; n++) {
      const { message_id } = await w.chat.messages.post(ann!, { conversation_id, content: `${n}` })
      if (n % 2) await w.chat.messages.edit(ann!, { message_id, content: `${n} edited` })
    }
  }
  const [one, other] = ids as [number, number]
  const seqs = (changes: { conversation_id: number; event: object }[], id: number) =>
    changes.flatMap(({ conversation_id, event }) => (conversation_id === id && 'seq' in event ? [event.seq] : []))
  const range = { conversation_id: one, since: 3, until: 12, visible_from: 1 }
  const ranges = [range, { ...range, visible_from: 9 }, { ...range, conversation_id: other, until: 5 }, range]
  const pages = await w.chat.changes.replay(ranges)
  assert.deepEqual(
    pages.map((page, i) => seqs(page, ranges[i]!.conversation_id)),
    [
      [4, 5, 6, 7, 8, 9, 10, 11, 12],
      [9, 10, 11, 12],
      [4, 5],
      [4, 5, 6, 7, 8, 9, 10, 11, 12],
    ],
  )
  const holes = await w.chat.changes.fill([
    { conversation_id: other, since: 0, until: 2 },
    { conversation_id: one, since: 14, until: 20 },
    { conversation_id: 99_999, since: 0, until: 5 },
  ])
  assert.deepEqual([seqs(holes, one), seqs(holes, other)], [[15], [1, 2]])
  assert.deepEqual(await w.chat.changes.fill([]), [])
})

test('heads and snapshots name what exists, and the epoch', async t => {
  const w = await world(t)
  const [ann, bob] = await w.people('ann', 'bob')
  const conversation_id = await w.group([ann!, bob!])
  await w.chat.messages.post(ann!, { conversation_id, content: 'hi' })
  const { epoch } = w.database
  assert.match(epoch, /^[0-9a-f]{16}$/)
  assert.deepEqual(await w.chat.changes.heads([conversation_id, 99_999]), {
    epoch,
    heads: new Map([[conversation_id, 1]]),
  })
  const participants = [
    { user_id: ann!.id, visible_from: 1, read_seq: 1 },
    { user_id: bob!.id, visible_from: 1, read_seq: 0 },
  ]
  const conversations = new Map([[conversation_id, { last_seq: 1, participants }]])
  assert.deepEqual(await w.chat.changes.snapshot([conversation_id, 99_999]), { epoch, conversations })
  assert.deepEqual(await w.chat.changes.heads([]), { epoch, heads: new Map() })
})
