// Direct conversations: one per pair, created by its first message.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresServers, type RoundTripCounter, roundTripCounter } from '@goftegu/testkit'
import { answerOf } from '../store/crowd.ts'
import { breachesIn, noBreaches } from '../store/history.ts'

import { world } from '../world.ts'

for (const server of await postgresServers()) {
  test(`many callers at once get the same conversation (${server.name})`, async t => {
    const w = await world(t, { server })
    const [ann, bob] = await w.people('ann', 'bob')
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2
          ? w.chat.messages.postDirect(ann!, { recipient_id: bob!.id, content: `${n}` })
          : w.chat.messages.postDirect(bob!, { recipient_id: ann!.id, content: `${n}` }),
      ),
    )
    assert.equal(new Set(sent.map(stored => stored.conversation_id)).size, 1)
    assert.deepEqual(
      sent.map(stored => stored.seq).sort((a, b) => a - b),
      sent.map((_, n) => n + 1),
    )
    assert.deepEqual(await breachesIn(w.direct), noBreaches)
    assert.equal((await w.chat.conversations.list(ann!)).length, 1)
    assert.equal(w.events.length, 20)
  })
}

test('the same key twice at once is one message, and one conversation', async t => {
  const w = await world(t)
  const [ann, bob] = await w.people('ann', 'bob')
  const send = () => w.chat.messages.postDirect(ann!, { recipient_id: bob!.id, content: 'hi', client_id: 'k' })
  const [one, other] = await Promise.all([send(), send()])
  assert.equal(one.message_id, other.message_id)
  assert.deepEqual([one.outcome, other.outcome].sort(), ['repeat', 'stored'])
  const event = w.events[0]!.event
  assert.ok(event.type === 'new_message' && event.client_id === 'k')
})

test('who cannot be written to', async t => {
  const w = await world(t)
  const [ann] = await w.people('ann')
  const send = (recipient_id: number, content = 'hi') => w.chat.messages.postDirect(ann!, { recipient_id, content })
  await assert.rejects(send(ann!.id), { code: 'recipient_is_self' })
  await assert.rejects(send(99_999), { code: 'user_not_found' })
  await assert.rejects(send(99_999, ' '), { code: 'invalid_content' })
  assert.deepEqual(await w.chat.conversations.list(ann!), [])
})

test('whichever answer is lost while the conversation is created, its message is stored once', async t => {
  let counter: RoundTripCounter | undefined
  const w = await world(t, {
    through: async url => {
      counter = await roundTripCounter(t, url)
      return counter.url
    },
  })
  const [ann, ...others] = await w.people('ann', ...Array.from({ length: 6 }, (_, n) => `other${n}`))
  const codes: string[] = []
  // Looking for the pair, BEGIN, the pair, its conversation, the message, COMMIT.
  for (const [n, other] of others.entries()) {
    await w.chat.conversations.list(ann!)
    counter!.loseAnswer(n + 1)
    const send = () => w.chat.messages.postDirect(ann!, { recipient_id: other.id, content: 'hi', client_id: 'k' })
    const first = await answerOf(send())
    if (typeof first === 'string') codes.push(first)
    const again = typeof first === 'string' ? await send() : first
    const { results } = await w.chat.messages.page(other, again.conversation_id, {})
    assert.deepEqual(
      results.map(message => [message.id, message.seq]),
      [[again.message_id, 1]],
    )
  }
  assert.deepEqual(codes, ['unavailable'], 'only before anything was sent')
  assert.equal((await w.chat.conversations.list(ann!)).length, others.length)
  assert.equal(w.events.length, others.length, 'each was announced')
  assert.deepEqual(await breachesIn(w.direct), noBreaches)
})
