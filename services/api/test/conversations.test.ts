// Conversations and their history over REST.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Conversation, Message, MessagePage } from '@goftegu/protocol'
import { Type } from 'typebox'
import type { Client } from './client.ts'
import { publicUrl, startApi } from './start-api.ts'

const api = await startApi({ after })
const List = Type.Array(Conversation)

test('a conversation says who is in it and what was said last', async () => {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  assert.deepEqual(await ann.expect(200, List, 'GET', '/api/conversations/'), [])
  const message = await post(ann, bob, 'hello')
  const path = `/api/conversations/${message.conversation}/`
  const mine = await ann.expect(200, Conversation, 'GET', path)
  assert.deepEqual(mine, {
    id: message.conversation,
    title: null,
    participants: mine.participants,
    created_at: mine.created_at,
    last_message: message,
    last_seq: 1,
    epoch: api.database.epoch,
    unread_count: 0,
  })
  assert.deepEqual(
    mine.participants.toSorted((a, b) => a.id - b.id),
    [ann.user, bob.user],
  )
  assert.deepEqual(await bob.expect(200, Conversation, 'GET', path), { ...mine, unread_count: 1 })
  assert.deepEqual(await ann.expect(200, List, 'GET', '/api/conversations/'), [mine])
})

test('the list is one’s own, for staff too, and the most recently active come first', async () => {
  const ann = await api.person('ann', { is_staff: true })
  const others = [await api.person('bob'), await api.person('cem'), await api.person('dan')] as const
  const ids: number[] = []
  for (const other of others) ids.push((await post(ann, other, 'hello')).conversation)
  await post(others[0], others[1], 'not for her')
  await post(ann, others[0], 'again')
  const expected = [ids[0], ids[2], ids[1]]
  const listed = async (query: string) => {
    const list = await ann.expect(200, List, 'GET', `/api/conversations/${query}`)
    return list.map(conversation => conversation.id)
  }
  assert.deepEqual(await listed(''), expected)
  assert.deepEqual(await listed('?limit=2'), expected.slice(0, 2))
  assert.deepEqual(await listed(`?limit=2&before=${expected[1]}`), expected.slice(2))
  assert.deepEqual(await listed(`?before=${expected[2]}`), [])
})

test('a position read moves the count of what is unread, and never back', async () => {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const { conversation } = await post(ann, bob, 'one')
  for (const text of ['two', 'three']) await post(ann, bob, text)
  const unread = async () =>
    (await bob.expect(200, Conversation, 'GET', `/api/conversations/${conversation}/`)).unread_count
  const mark = async (seq: number) => {
    const { status, bytes } = await bob.call('POST', `/api/conversations/${conversation}/read/`, { seq })
    assert.deepEqual([status, bytes.length], [204, 0])
  }
  assert.equal(await unread(), 3)
  await mark(2)
  assert.equal(await unread(), 1)
  await mark(0)
  assert.equal(await unread(), 1)
  await mark(1_000_000) // above the head is the head
  assert.equal(await unread(), 0)
  const levels = api.committed.flatMap(({ event }) => (event.type === 'read_updated' ? [event] : []))
  assert.deepEqual(
    levels.filter(event => event.user_id === bob.user.id).map(event => event.read_seq),
    [2, 3],
  )
})

test('history comes newest first, page by page, both ways, without a hole or a repeat', async () => {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const sent: Message[] = []
  for (let i = 1; i <= 7; i++) sent.unshift(await post(ann, bob, `${i}`))
  const { conversation } = sent[0]!
  const start = `/api/conversations/${conversation}/messages/`
  const first = await bob.expect(200, MessagePage, 'GET', `${start}?limit=3`)
  const { epoch } = api.database
  assert.deepEqual(first, { count: 7, next: first.next, previous: null, results: sent.slice(0, 3), last_seq: 7, epoch })
  const second = await bob.expect(200, MessagePage, 'GET', pathOf(first.next))
  assert.deepEqual(second.results, sent.slice(3, 6))
  const third = await bob.expect(200, MessagePage, 'GET', pathOf(second.next))
  assert.deepEqual([third.results, third.next], [sent.slice(6), null])
  assert.deepEqual((await bob.expect(200, MessagePage, 'GET', pathOf(third.previous))).results, sent.slice(3, 6))
  assert.deepEqual((await bob.expect(200, MessagePage, 'GET', pathOf(second.previous))).results, sent.slice(0, 3))
})

test('a page has 50 messages unless asked otherwise; deleted ones are counted and empty', async () => {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const first = await post(ann, bob, 'first')
  const texts = Array.from({ length: 50 }, (_, i) => `${i}`)
  await Promise.all(texts.map(text => post(ann, bob, text)))
  await ann.call('DELETE', `/api/messages/${first.id}/`)
  const start = `/api/conversations/${first.conversation}/messages/`
  const page = await ann.expect(200, MessagePage, 'GET', start)
  assert.deepEqual([page.count, page.results.length, page.last_seq], [51, 50, 52])
  const next = await ann.expect(200, MessagePage, 'GET', pathOf(page.next))
  assert.deepEqual(
    next.results.map(({ id, content, is_deleted }) => ({ id, content, is_deleted })),
    [{ id: first.id, content: '', is_deleted: true }],
  )
  assert.equal((await ann.expect(200, MessagePage, 'GET', `${start}?limit=100`)).results.length, 51)
})

test('an id in a query is an id, a limit 1 to 100, a cursor one that was given', async () => {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const { conversation } = await post(ann, bob, 'one')
  const bad = ['', '0', '-1', '01', '1.0', '1e1', '0x1', ' 1', '1;select', '9007199254740993', '99999999999999999', '١']
  for (const value of bad) {
    await ann.refuse('invalid_query', 'GET', `/api/conversations/?before=${encodeURIComponent(value)}`)
    for (const path of ['/api/conversations/', `/api/conversations/${conversation}/messages/`]) {
      await ann.refuse('invalid_query', 'GET', `${path}?limit=${encodeURIComponent(value)}`)
    }
  }
  for (const path of ['/api/conversations/', `/api/conversations/${conversation}/messages/`]) {
    await ann.refuse('invalid_query', 'GET', `${path}?limit=101`)
    await ann.refuse('invalid_query', 'GET', `${path}?limit=1&limit=2`)
  }
  for (const cursor of ['', 'x', '1', '../..', '%00', "' or 1=1 --", 'a'.repeat(1_000)]) {
    const path = `/api/conversations/${conversation}/messages/?cursor=${encodeURIComponent(cursor)}`
    await ann.refuse('invalid_cursor', 'GET', path)
  }
})

test('the last slash does not matter', async () => {
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const { id, conversation } = await post(ann, bob, 'one')
  await ann.expect(200, List, 'GET', '/api/conversations')
  await ann.expect(200, Conversation, 'GET', `/api/conversations/${conversation}`)
  await ann.expect(200, MessagePage, 'GET', `/api/conversations/${conversation}/messages`)
  await ann.expect(200, Message, 'GET', `/api/messages/${id}`)
})

function post(from: Client, to: Client, content: string): Promise<Message> {
  return from.expect(201, Message, 'POST', '/api/messages/', { content, recipient_id: to.user.id })
}

/** Follows an absolute URL of an answer; it is built from the configured one, not from the request's Host. */
function pathOf(url: string | null): string {
  assert.ok(url?.startsWith(`${publicUrl}/api/conversations/`), `${url}`)
  return url?.slice(publicUrl.length) ?? ''
}
