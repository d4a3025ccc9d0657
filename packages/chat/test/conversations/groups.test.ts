// Groups: who manages them, and the numbered events of what they do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from '../world.ts'

test('every change of a group is a numbered event, and its replay is the same', async t => {
  const w = await world(t)
  const [ann, bob, cid] = await w.people('ann', 'bob', 'cid')
  const group = await w.chat.conversations.createGroup(ann!, {
    title: 'book club',
    participant_ids: [bob!.id, bob!.id],
  })
  assert.deepEqual(
    [group.title, group.participants.map(user => user.username), group.last_seq],
    ['book club', ['ann', 'bob'], 0],
  )
  const conversation_id = group.id
  const change = (who: typeof ann) => ({
    add: (user_id: number) => w.chat.conversations.addParticipant(who!, { conversation_id, user_id }),
    remove: (user_id: number) => w.chat.conversations.removeParticipant(who!, { conversation_id, user_id }),
    role: (user_id: number, role: 'admin' | 'member') =>
      w.chat.conversations.changeRole(who!, { conversation_id, user_id, role }),
    rename: (title: string) => w.chat.conversations.rename(who!, { conversation_id, title }),
  })
  await change(ann).role(bob!.id, 'admin')
  await change(ann).role(bob!.id, 'admin')
  await change(bob).add(cid!.id)
  await change(bob).rename('film club')
  await change(bob).rename('film club')
  await change(cid).remove(cid!.id)
  const heard = w.events.map(({ event }) => event)
  assert.deepEqual(heard, [
    { type: 'participant_changed', seq: 1, user_id: bob!.id, role: 'admin' },
    {
      type: 'participant_added',
      seq: 2,
      user: { id: cid!.id, username: 'cid', profile_picture: null },
      role: 'member',
    },
    { type: 'conversation_renamed', seq: 3, title: 'film club' },
    { type: 'participant_removed', seq: 4, user_id: cid!.id },
  ])
  const [replayed] = await w.chat.changes.replay([{ conversation_id, since: 0, until: 4, visible_from: 1 }])
  assert.deepEqual(replayed, w.events)
})

test('who may not manage a group', async t => {
  const w = await world(t)
  const [ann, bob, cid, eve] = await w.people('ann', 'bob', 'cid', 'eve')
  const root = await w.staff('root')
  const conversation_id = await w.group([ann!, bob!, cid!])
  const { conversations } = w.chat
  const remove = (who: typeof ann, user_id: number) =>
    conversations.removeParticipant(who!, { conversation_id, user_id })
  await assert.rejects(remove(bob, cid!.id), { code: 'forbidden' })
  await assert.rejects(conversations.rename(bob!, { conversation_id, title: 'x' }), { code: 'forbidden' })
  await assert.rejects(conversations.rename(eve!, { conversation_id, title: 'x' }), { code: 'conversation_not_found' })
  await assert.rejects(conversations.rename(ann!, { conversation_id, title: ' ' }), { code: 'invalid_title' })
  await assert.rejects(remove(ann, eve!.id), { code: 'user_not_found' })
  const add = (user_id: number, role?: 'owner') =>
    conversations.addParticipant(ann!, { conversation_id, user_id, role })
  await assert.rejects(add(bob!.id), { code: 'participant_exists' })
  await assert.rejects(add(99_999), { code: 'user_not_found' })
  await conversations.changeRole(root, { conversation_id, user_id: bob!.id, role: 'admin' })
  await assert.rejects(remove(bob, ann!.id), { code: 'forbidden' }, 'an admin does not remove an owner')
  await assert.rejects(conversations.addParticipant(bob!, { conversation_id, user_id: eve!.id, role: 'owner' }), {
    code: 'forbidden',
  })
  await remove(bob, cid!.id)
  await remove(root, ann!.id)
  const direct = await w.chat.messages.postDirect(ann!, { recipient_id: bob!.id, content: 'hi' })
  const leaving = conversations.removeParticipant(ann!, { conversation_id: direct.conversation_id, user_id: ann!.id })
  await assert.rejects(leaving, { code: 'not_a_group' })
})

test('a group with an unknown user is not created', async t => {
  const w = await world(t)
  const [ann] = await w.people('ann')
  const create = (title: string, participant_ids: number[]) =>
    w.chat.conversations.createGroup(ann!, { title, participant_ids })
  await assert.rejects(create('x', [99_999]), { code: 'user_not_found' })
  await assert.rejects(create('', []), { code: 'invalid_title' })
  const crowd = Array.from({ length: 1_000 }, (_, n) => n + 10)
  await assert.rejects(create('x', crowd), { code: 'too_many_participants' })
  assert.deepEqual(await w.chat.conversations.list(ann!), [])
})

test('the most recently active conversation comes first, also page by page', async t => {
  const w = await world(t)
  const [ann, bob] = await w.people('ann', 'bob')
  const root = await w.staff('root')
  const ids = [await w.group([ann!, bob!]), await w.group([ann!]), await w.group([ann!])]
  await w.chat.messages.post(bob!, { conversation_id: ids[0]!, content: 'news' })
  const list = async (options?: { limit?: number; before?: number }) =>
    (await w.chat.conversations.list(ann!, options)).map(conversation => conversation.id)
  const order = [ids[0], ids[2], ids[1]]
  assert.deepEqual(await list(), order)
  assert.deepEqual(await list({ limit: 2 }), order.slice(0, 2))
  assert.deepEqual(await list({ limit: 2, before: ids[2] }), order.slice(2))
  assert.deepEqual(await w.chat.conversations.list(root), [], "staff's list is their own")
  const [newest] = await w.chat.conversations.list(ann!, { limit: 1 })
  assert.deepEqual([newest!.last_message?.content, newest!.last_seq, newest!.unread_count], ['news', 1, 1])
  assert.deepEqual((await w.chat.conversations.get(root, ids[0]!)).unread_count, 0)
  await assert.rejects(w.chat.conversations.get(bob!, ids[1]!), { code: 'conversation_not_found' })
})
