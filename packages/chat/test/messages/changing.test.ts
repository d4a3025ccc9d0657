// Editing and deleting: who may, what is kept, what is erased, what is heard.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type World, world } from '../world.ts'

async function scene(w: World) {
  const [ann, bob, eve] = await w.people('ann', 'bob', 'eve')
  const root = await w.staff('root')
  const conversation_id = await w.group([ann!, bob!])
  const { message_id } = await w.chat.messages.post(ann!, { conversation_id, content: 'سلام' })
  w.events.length = 0
  return { ann: ann!, bob: bob!, eve: eve!, root, conversation_id, message_id }
}

test('an edit keeps the earlier text, takes a number and is heard', async t => {
  const w = await world(t)
  const { ann, root, conversation_id, message_id } = await scene(w)
  const edited = await w.chat.messages.edit(ann, { message_id, content: 'سلام دنیا' })
  assert.deepEqual([edited.content, edited.is_edited, edited.seq, edited.changed_seq], ['سلام دنیا', true, 1, 2])
  await w.chat.messages.edit(root, { message_id, conversation_id, content: 'from above' })
  const unchanged = await w.chat.messages.edit(ann, { message_id, content: 'from above' })
  assert.equal(unchanged.changed_seq, 3, 'an unchanged edit takes no number')
  assert.deepEqual(
    w.events.map(({ event }) => event),
    [
      { type: 'message_edited', seq: 2, changed_seq: 2, message: { id: message_id, content: 'سلام دنیا' } },
      { type: 'message_edited', seq: 3, changed_seq: 3, message: { id: message_id, content: 'from above' } },
    ],
  )
  const revisions = await w.direct.db.selectFrom('message_revisions').selectAll().orderBy('changed_seq').execute()
  assert.deepEqual(revisions, [
    { message_id, changed_seq: 1, content: 'سلام' },
    { message_id, changed_seq: 2, content: 'سلام دنیا' },
  ])
  const head = await w.direct.db.selectFrom('conversation_heads').select(['last_seq', 'message_count']).execute()
  assert.deepEqual(head, [{ last_seq: 3, message_count: 1 }])
})

test('a deletion erases text, revisions and files, and is heard once', async t => {
  const w = await world(t)
  const { ann, bob, conversation_id, message_id } = await scene(w)
  await w.chat.messages.edit(ann, { message_id, content: 'edited' })
  const file = { blob_key: 'key', file_name: 'a b.png', media_type: 'image/png', byte_size: 3 }
  await w.chat.attachments.add(ann, { conversation_id, message_id, ...file })
  w.events.length = 0
  await Promise.all([w.chat.messages.remove(ann, { message_id }), w.chat.messages.remove(ann, { message_id })])
  assert.deepEqual(
    w.events.map(({ event }) => event),
    [{ type: 'message_deleted', seq: 4, changed_seq: 4, message_id }],
  )
  const seen = await w.chat.messages.get(bob, message_id)
  assert.deepEqual([seen.content, seen.is_deleted, seen.attachments, seen.changed_seq], ['', true, [], 4])
  for (const table of ['message_revisions', 'attachments'] as const) {
    assert.deepEqual(await w.direct.db.selectFrom(table).selectAll().execute(), [])
  }
  assert.deepEqual(await w.chat.attachments.removals(10), ['key'])
  await assert.rejects(w.chat.messages.edit(ann, { message_id, content: 'back' }), { code: 'message_deleted' })
  await assert.rejects(w.chat.attachments.add(ann, { conversation_id, message_id, ...file }), {
    code: 'message_deleted',
  })
})

test('others may not, and strangers do not learn that it exists', async t => {
  const w = await world(t)
  const { ann, bob, eve, conversation_id, message_id } = await scene(w)
  const attempts = (who: typeof ann, name: { message_id: number; conversation_id?: number }) => [
    w.chat.messages.edit(who, { ...name, content: 'x' }),
    w.chat.messages.remove(who, name),
    w.chat.attachments.check(who, { conversation_id, ...name }),
  ]
  const isRefused = (code: string) => (attempt: Promise<unknown>) => assert.rejects(attempt, { code })
  await Promise.all(attempts(bob, { message_id }).map(isRefused('forbidden')))
  await Promise.all(attempts(eve, { message_id }).map(isRefused('message_not_found')))
  await Promise.all(attempts(ann, { message_id: 99_999 }).map(isRefused('message_not_found')))
  const elsewhere = await w.group([ann])
  await Promise.all(attempts(ann, { message_id, conversation_id: elsewhere }).map(isRefused('message_not_found')))
  await assert.rejects(w.chat.messages.get(eve, message_id), { code: 'message_not_found' })
  await assert.rejects(w.chat.messages.edit(ann, { message_id, content: '\u200b\0' }), { code: 'invalid_content' })
  await w.chat.conversations.removeParticipant(ann, { conversation_id, user_id: ann.id })
  await Promise.all(attempts(ann, { message_id }).map(isRefused('message_not_found')))
})

test('an announcement that fails is reported, and the change stands', async t => {
  const w = await world(t)
  const { ann, conversation_id } = await scene(w)
  const push = w.events.push
  w.events.push = () => {
    throw new Error('the bus is broken')
  }
  const { message_id } = await w.chat.messages.post(ann, { conversation_id, content: 'stored' })
  await w.chat.messages.edit(ann, { message_id, content: 'edited' })
  w.events.push = push
  assert.equal(w.faults.length, 2)
  assert.equal((await w.chat.messages.get(ann, message_id)).content, 'edited')
})
