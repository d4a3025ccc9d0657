// Messages over REST: the fixed contract, and what is added to it.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Message } from '@goftegu/protocol'
import { startApi } from './start-api.ts'

const api = await startApi({ after })

test('a message to a person makes the conversation, and is answered whole', async () => {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const message = await ann.expect(201, Message, 'POST', '/api/messages/', {
    content: 'سلام',
    recipient_id: bob.user.id,
  })
  assert.deepEqual(message, {
    id: message.id,
    conversation: message.conversation,
    sender: ann.user,
    content: 'سلام',
    timestamp: message.timestamp,
    is_read: false,
    is_edited: false,
    is_deleted: false,
    attachments: [],
    seq: 1,
    changed_seq: 1,
  })
  assert.ok(Math.abs(Date.parse(message.timestamp) - Date.now()) < 60_000)
  assert.deepEqual(await bob.expect(200, Message, 'GET', `/api/messages/${message.id}/`), message)
})

test('both ways between two people lead into one conversation, also at once', async () => {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const sent = await Promise.all(
    [ann, bob, ann, bob, ann, bob].map((from, i) => {
      const to = from === ann ? bob : ann
      return from.expect(201, Message, 'POST', '/api/messages/', { content: `${i}`, recipient_id: to.user.id })
    }),
  )
  assert.equal(new Set(sent.map(message => message.conversation)).size, 1)
  assert.deepEqual(sent.map(message => message.seq).sort(), [1, 2, 3, 4, 5, 6])
})

test('conversation_id stands in place of recipient_id; both or neither are refused, and so is oneself', async () => {
  const { ann, bob, message } = await pair()
  const conversation_id = message.conversation
  const second = await bob.expect(201, Message, 'POST', '/api/messages/', { content: 'two', conversation_id })
  assert.deepEqual([second.conversation, second.seq], [conversation_id, 2])
  const both = { content: 'x', conversation_id, recipient_id: bob.user.id }
  await ann.refuse('invalid_request', 'POST', '/api/messages/', both)
  await ann.refuse('invalid_request', 'POST', '/api/messages/', { content: 'x' })
  await ann.refuse('recipient_is_self', 'POST', '/api/messages/', { content: 'x', recipient_id: ann.user.id })
  await ann.refuse('user_not_found', 'POST', '/api/messages/', { content: 'x', recipient_id: 999_999 })
  await ann.refuse('conversation_not_found', 'POST', '/api/messages/', { content: 'x', conversation_id: 999_999 })
})

test('a client_id is stored once: 201, then 200, and 409 with another text', async () => {
  const { ann, bob, message } = await pair()
  const send = { content: 'once', conversation_id: message.conversation, client_id: 'k-1' }
  const first = await ann.expect(201, Message, 'POST', '/api/messages/', send)
  assert.deepEqual(await ann.expect(200, Message, 'POST', '/api/messages/', send), first)
  await ann.refuse('client_id_conflict', 'POST', '/api/messages/', { ...send, content: 'twice' })
  const { conversation_id: _, ...toBob } = { ...send, recipient_id: bob.user.id }
  assert.deepEqual(await ann.expect(200, Message, 'POST', '/api/messages/', toBob), first)
  const his = await bob.expect(201, Message, 'POST', '/api/messages/', send)
  assert.notEqual(his.id, first.id)
  for (const client_id of ['', '~mine', 'x'.repeat(65), 'a\0']) {
    await ann.refuse('invalid_client_id', 'POST', '/api/messages/', { ...send, client_id })
  }
})

test('what is stored and cannot be read back is of unknown outcome, and a repeat finds it', async () => {
  const { ann, message } = await pair()
  const send = { content: 'stored', conversation_id: message.conversation, client_id: 'unread' }
  // The writer does not look at attachments; the answer does, and gives up after its lock_timeout.
  const locker = await api.database.pool.connect()
  try {
    await locker.query('begin; lock table attachments in access exclusive mode')
    await ann.refuse('outcome_unknown', 'POST', '/api/messages/', send)
  } finally {
    await locker.query('rollback')
    locker.release()
  }
  const stored = await ann.expect(200, Message, 'POST', '/api/messages/', send)
  assert.equal(stored.seq, message.seq + 1)
})

test('a repeat of a sender who was removed since still answers its own message', async () => {
  const [ann, bob, cem] = [await api.person('ann'), await api.person('bob'), await api.person('cem')]
  const group = await api.chat.conversations.createGroup(actor(ann), {
    title: 'three',
    participant_ids: [bob.user.id, cem.user.id],
  })
  const send = { content: 'mine', conversation_id: group.id, client_id: 'k' }
  const first = await bob.expect(201, Message, 'POST', '/api/messages/', send)
  await api.chat.conversations.removeParticipant(actor(ann), { conversation_id: group.id, user_id: bob.user.id })
  assert.equal((await bob.expect(200, Message, 'POST', '/api/messages/', send)).id, first.id)
  await bob.refuse('conversation_not_found', 'POST', '/api/messages/', { ...send, client_id: 'another' })
})

for (const method of ['PUT', 'PATCH']) {
  test(`${method} changes the text, takes a number, and takes none where nothing changed`, async () => {
    const { ann, message } = await pair()
    const path = `/api/messages/${message.id}/`
    const edited = await ann.expect(200, Message, method, path, { content: 'changed' })
    assert.deepEqual(edited, { ...message, content: 'changed', is_edited: true, changed_seq: 2 })
    assert.deepEqual(await ann.expect(200, Message, method, path, { content: 'changed' }), edited)
    await ann.refuse('invalid_content', method, path, { content: ' ' })
    await ann.refuse('invalid_request', method, path, {})
    const types = eventsOf(message.conversation)
    assert.deepEqual(types, ['new_message', 'message_edited'])
  })
}

test('DELETE empties the message for everybody, a second time changes nothing', async () => {
  const { ann, bob, message } = await pair()
  const path = `/api/messages/${message.id}/`
  for (let times = 0; times < 2; times++) {
    const { status, bytes } = await ann.call('DELETE', path)
    assert.deepEqual([status, bytes.length], [204, 0])
  }
  for (const reader of [ann, bob, await api.person('staff', { is_staff: true })]) {
    const deleted = await reader.expect(200, Message, 'GET', path)
    assert.deepEqual(deleted, { ...message, content: '', is_deleted: true, changed_seq: 2 })
  }
  await ann.refuse('message_deleted', 'PATCH', path, { content: 'again' })
  assert.deepEqual(eventsOf(message.conversation), ['new_message', 'message_deleted'])
})

test('is_read when everybody else has read it', async () => {
  const { ann, bob, message } = await pair()
  const mark = { seq: message.seq }
  assert.equal((await bob.call('POST', `/api/conversations/${message.conversation}/read/`, mark)).status, 204)
  assert.equal((await ann.expect(200, Message, 'GET', `/api/messages/${message.id}/`)).is_read, true)
})

test('text comes back as it was sent, code point for code point', async () => {
  const { ann, message } = await pair()
  const texts = [
    'می‌خواهم بنویسم', // ZWNJ
    'اَلسَّلامُ عَلَيْكُم', // harakat
    'e\u0301 é \u1e9b\u0323', // combining marks, not normalised
    '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽',
    '  spaces and\r\nlines\tstay \u200e\u200f\u2028 ',
    '\u0001\u001f\u007f\ufeff\ufffe\u{10ffff}',
    `"quoted" \\ 'single' \`; drop table messages; -- %s $1 \\u0000`,
    '😀'.repeat(10_000),
  ]
  for (const content of texts) {
    const sent = { content, conversation_id: message.conversation }
    const { id, ...answer } = await ann.expect(201, Message, 'POST', '/api/messages/', sent)
    assert.equal(answer.content, content)
    assert.equal((await ann.expect(200, Message, 'GET', `/api/messages/${id}/`)).content, content)
  }
})

async function pair() {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const message = await ann.expect(201, Message, 'POST', '/api/messages/', {
    content: 'one',
    recipient_id: bob.user.id,
  })
  return { ann, bob, message }
}

function actor({ user }: { user: { id: number } }) {
  return { id: user.id, is_staff: false }
}

function eventsOf(conversation: number): string[] {
  return api.committed.filter(({ conversation_id }) => conversation_id === conversation).map(({ event }) => event.type)
}
