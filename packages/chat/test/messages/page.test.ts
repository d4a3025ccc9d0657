// History page by page: order, edges, visibility, who has read what.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Person, type World, world } from '../world.ts'

async function post(w: World, who: Person, conversation_id: number, count: number): Promise<void> {
  const contents = Array.from({ length: count }, (_, n) => `message ${n}`)
  await Promise.all(contents.map(content => w.chat.messages.post(who, { conversation_id, content })))
}

test('pages lead to every message once, back and forth', async t => {
  const w = await world(t)
  const [ann, bob] = await w.people('ann', 'bob')
  const conversation_id = await w.group([ann!, bob!])
  const empty = await w.chat.messages.page(ann!, conversation_id, {})
  assert.deepEqual([empty.count, empty.results, empty.next, empty.previous, empty.last_seq], [0, [], null, null, 0])
  assert.equal(empty.epoch, w.database.epoch)
  await post(w, ann!, conversation_id, 25)
  const page = (cursor?: string) => w.chat.messages.page(bob!, conversation_id, { limit: 10, cursor })
  const seqs = (results: { seq: number }[]) => results.map(message => message.seq)
  const first = await page()
  assert.deepEqual([first.count, first.last_seq, first.previous], [25, 25, null])
  const second = await page(first.next!)
  const third = await page(second.next!)
  assert.deepEqual(
    [first, second, third].flatMap(({ results }) => seqs(results)),
    Array.from({ length: 25 }, (_, n) => 25 - n),
  )
  assert.equal(third.next, null)
  assert.deepEqual(seqs((await page(third.previous!)).results), seqs(second.results))
  const again = await page(second.previous!)
  assert.deepEqual([seqs(again.results), again.previous], [seqs(first.results), null])
  await post(w, ann!, conversation_id, 1)
  assert.deepEqual(seqs((await page((await page(second.previous!)).previous!)).results), [26])
})

test('a cursor that we did not make is refused', async t => {
  const w = await world(t)
  const [ann] = await w.people('ann')
  const conversation_id = await w.group([ann!])
  for (const cursor of ['', 'x', 'YjE=', 'Yi0x', 'YjAx', 'YzE', "' or 1=1", 'Yjk5OTk5OTk5OTk5OTk5OTk5OTk']) {
    const page = w.chat.messages.page(ann!, conversation_id, { cursor })
    await assert.rejects(page, { code: 'invalid_cursor' }, cursor)
  }
})

test('at the ends of the numbers each cursor is answered or refused, and what it leads to is answered', async t => {
  const w = await world(t)
  const [ann] = await w.people('ann')
  const conversation_id = await w.group([ann!])
  await post(w, ann!, conversation_id, 2)
  const page = (text: string) =>
    w.chat.messages.page(ann!, conversation_id, { cursor: Buffer.from(text).toString('base64url') })
  const most = Number.MAX_SAFE_INTEGER
  for (const text of ['b0', `a${most}`, `b${most + 1}`, `a${most + 1}`]) {
    await assert.rejects(page(text), { code: 'invalid_cursor' }, text)
  }
  for (const [text, seqs] of [
    ['a0', [2, 1]],
    ['b1', []],
    [`b${most}`, [2, 1]],
    [`a${most - 1}`, []],
  ] as const) {
    const { results, next, previous } = await page(text)
    assert.deepEqual(
      results.map(message => message.seq),
      seqs,
      text,
    )
    for (const cursor of [next, previous]) {
      if (cursor === null) continue
      const further = await w.chat.messages.page(ann!, conversation_id, { cursor })
      assert.deepEqual(further.results.length, 2, `${text} leads to ${cursor}`)
    }
  }
})

test('strangers see no page, staff see all of it', async t => {
  const w = await world(t)
  const [ann, eve] = await w.people('ann', 'eve')
  const root = await w.staff('root')
  const conversation_id = await w.group([ann!])
  await post(w, ann!, conversation_id, 2)
  await assert.rejects(w.chat.messages.page(eve!, conversation_id, {}), { code: 'conversation_not_found' })
  await assert.rejects(w.chat.messages.page(root, 99_999, {}), { code: 'conversation_not_found' })
  assert.equal((await w.chat.messages.page(root, conversation_id, {})).results.length, 2)
})

test('who joins a group that keeps its past sees from joining on, everywhere', async t => {
  const w = await world(t)
  const [ann, bob] = await w.people('ann', 'bob')
  const conversation_id = await w.group([ann!], 'joined')
  const past = await w.chat.messages.post(ann!, { conversation_id, content: 'the past' })
  await w.chat.conversations.addParticipant(ann!, { conversation_id, user_id: bob!.id })
  const before = await w.chat.conversations.get(bob!, conversation_id)
  assert.deepEqual([before.last_message, before.unread_count], [null, 0])
  await w.chat.messages.post(ann!, { conversation_id, content: 'the present' })
  const page = await w.chat.messages.page(bob!, conversation_id, { limit: 1 })
  assert.deepEqual([page.count, page.results[0]!.content, page.next, page.previous], [1, 'the present', null, null])
  await assert.rejects(w.chat.messages.get(bob!, past.message_id), { code: 'message_not_found' })
  assert.equal((await w.chat.messages.page(ann!, conversation_id, {})).count, 2)
  // An edit of what bob cannot see takes a number that he hears of, without the text.
  await w.chat.messages.edit(ann!, { message_id: past.message_id, content: 'the past, edited' })
  const range = { conversation_id, since: 0, until: 9, visible_from: 2 }
  const changes = (await w.chat.changes.replay([range]))[0]!
  assert.deepEqual(
    changes.map(({ event }) => ('seq' in event ? event.seq : 0)),
    [2, 3, 4],
  )
  assert.ok(!JSON.stringify(changes).includes('past'))
})

test('is_read: everyone but the sender has come so far', async t => {
  const w = await world(t)
  const [ann, bob, cid] = await w.people('ann', 'bob', 'cid')
  const alone = await w.group([ann!])
  const read = async (who: Person, conversation_id: number) =>
    (await w.chat.messages.page(who, conversation_id, {})).results.map(message => message.is_read).reverse()
  await post(w, ann!, alone, 1)
  assert.deepEqual(await read(ann!, alone), [false], 'false where there is no other')
  const conversation_id = await w.group([ann!, bob!, cid!])
  await post(w, ann!, conversation_id, 2)
  await w.chat.reads.mark(bob!, { conversation_id, seq: 2 })
  assert.deepEqual(await read(ann!, conversation_id), [false, false])
  await w.chat.reads.mark(cid!, { conversation_id, seq: 1 })
  assert.deepEqual(await read(ann!, conversation_id), [true, false])
  await w.chat.messages.post(cid!, { conversation_id, content: 'sending reads' })
  assert.deepEqual(await read(ann!, conversation_id), [true, true, false])
  const root = await w.staff('root')
  await w.chat.messages.post(root, { conversation_id, content: 'by somebody outside' })
  for (const who of [ann!, bob!, cid!]) await w.chat.reads.mark(who, { conversation_id, seq: 99 })
  assert.deepEqual(await read(root, conversation_id), [true, true, true, true])
})
