// Rows of attachments: found by those who may see the message, swept when it is gone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from '../world.ts'

const file = { file_name: 'گل و #.png', media_type: 'image/png', byte_size: 3 }

test('an attachment is heard, shown and found by participants alone', async t => {
  const w = await world(t)
  const [ann, bob, eve] = await w.people('ann', 'bob', 'eve')
  const conversation_id = await w.group([ann!, bob!])
  const { message_id } = await w.chat.messages.post(ann!, { conversation_id, content: 'look' })
  await w.chat.attachments.check(ann!, { conversation_id, message_id })
  const attachment = await w.chat.attachments.add(ann!, { conversation_id, message_id, blob_key: 'k1', ...file })
  assert.equal(
    attachment.file,
    `https://chat.example/api/attachments/${attachment.id}/${encodeURIComponent(file.file_name)}`,
  )
  assert.deepEqual(w.events.at(-1)!.event, { type: 'attachment_added', seq: 2, changed_seq: 2, message_id, attachment })
  assert.deepEqual((await w.chat.messages.get(bob!, message_id)).attachments, [attachment])
  assert.deepEqual((await w.chat.messages.page(bob!, conversation_id, {})).results[0]!.attachments, [attachment])
  assert.deepEqual(await w.chat.attachments.find(bob!, attachment.id), { blob_key: 'k1', ...file })
  await assert.rejects(w.chat.attachments.find(eve!, attachment.id), { code: 'attachment_not_found' })
  const stranger = w.chat.attachments.add(eve!, { conversation_id, message_id, blob_key: 'k2', ...file })
  await assert.rejects(stranger, { code: 'message_not_found' })
})

test('what the sweep needs to know', async t => {
  const w = await world(t)
  const [ann] = await w.people('ann')
  const conversation_id = await w.group([ann!])
  const { message_id } = await w.chat.messages.post(ann!, { conversation_id, content: 'look' })
  const { id } = await w.chat.attachments.add(ann!, { conversation_id, message_id, blob_key: 'k1', ...file })
  assert.deepEqual(await w.chat.attachments.known(['k1', 'left by a crash']), new Set(['k1']))
  await w.chat.messages.remove(ann!, { message_id })
  await assert.rejects(w.chat.attachments.find(ann!, id), { code: 'attachment_not_found' })
  assert.deepEqual(await w.chat.attachments.removals(1), ['k1'])
  assert.deepEqual(await w.chat.attachments.known(['k1']), new Set(['k1']), 'known until its bytes are removed')
  await w.chat.attachments.forget(['k1'])
  assert.deepEqual(await w.chat.attachments.removals(1), [])
  assert.deepEqual(await w.chat.attachments.known(['k1']), new Set())
})
