// The writer while PostgreSQL is away: deadlines, bounds, and answers that were lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { WriterLimits } from '@goftegu/chat'
import { eventually, type PostgresServer, postgresServers, type TcpProxy, tcpProxy, within } from '@goftegu/testkit'
import { type World, world } from '../world.ts'
import { answerOf } from './crowd.ts'
import { breachesIn, noBreaches } from './history.ts'

for (const server of await postgresServers()) {
  test(`past the deadline the outcome is unknown, and a repeat finds out (${server.name})`, async t => {
    const { w, proxy } = await unreliableWorld(t, server, { deadlineMs: 2_000 })
    const { ann, conversation_id } = await place(w)
    const send = (content: string, client_id: string) =>
      answerOf(w.chat.messages.post(ann, { conversation_id, content, client_id }))
    proxy.refuse()
    assert.equal(await within(send('while it is away', 'a'), 8_000, 'an answer'), 'outcome_unknown')
    await assert.rejects(w.chat.messages.page(ann, conversation_id, {}), { code: 'unavailable' })
    await assert.rejects(w.chat.messages.edit(ann, { message_id: 1, content: 'x' }), { code: 'unavailable' })
    proxy.heal()
    // As a client does: the same again, until it is known.
    const isKnown = async () => typeof (await send('while it is away', 'a')) === 'object'
    await eventually(isKnown, { ms: 10_000, what: 'a known outcome' })
    assert.deepEqual(await breachesIn(w.direct), noBreaches)
  })

  test(`a group whose answer was lost is stored, announced and answered once (${server.name})`, async t => {
    const { w, proxy } = await unreliableWorld(t, server)
    const { ann, conversation_id } = await place(w)
    proxy.drop('down')
    const sending = Array.from({ length: 30 }, (_, n) =>
      answerOf(w.chat.messages.post(ann, { conversation_id, content: `${n}`, ...(n % 2 && { client_id: `c${n}` }) })),
    )
    await eventually(async () => {
      const head = await w.direct.db
        .selectFrom('conversation_heads')
        .select('last_seq')
        .where('conversation_id', '=', conversation_id)
        .executeTakeFirstOrThrow()
      return head.last_seq === 31
    })
    proxy.heal()
    proxy.reset()
    const answers = await Promise.all(sending)
    assert.deepEqual(
      answers.map(answer => typeof answer === 'object' && answer.seq),
      answers.map((_, n) => n + 2),
    )
    assert.ok(answers.every((answer, n) => n % 2 || (typeof answer === 'object' && answer.outcome === 'stored')))
    const heard = w.events.flatMap(({ event }) => (event.type === 'new_message' ? [event.seq] : []))
    assert.deepEqual(
      heard,
      Array.from({ length: 31 }, (_, n) => n + 1),
    )
    assert.deepEqual(await breachesIn(w.direct), noBreaches)
  })

  test(`what does not fit is refused at once, and nothing of it is stored (${server.name})`, async t => {
    const { w, proxy } = await unreliableWorld(t, server, { waitingMessages: 10, waitingBytes: 1_000 })
    const { ann, conversation_id } = await place(w)
    proxy.stall()
    const send = (content: string) => answerOf(w.chat.messages.post(ann, { conversation_id, content }))
    const fitting = Array.from({ length: 10 }, () => send('fits'))
    await assert.rejects(w.chat.messages.post(ann, { conversation_id, content: 'too many' }), {
      code: 'busy',
      retryAfterSeconds: 1,
    })
    proxy.heal()
    await Promise.all(fitting)
    proxy.stall()
    const large = send('x'.repeat(1_000))
    assert.equal(await send('too many bytes'), 'busy')
    proxy.heal()
    assert.equal(typeof (await large), 'object')
    assert.equal(typeof (await send('room again')), 'object')
    const rows = await w.direct.db
      .selectFrom('messages')
      .select('content')
      .where('content', 'like', 'too many%')
      .execute()
    assert.deepEqual(rows, [])
  })

  test(`closing refuses new messages and waits for the others (${server.name})`, async t => {
    const w = await world(t, { server })
    const { ann, conversation_id } = await place(w)
    const sent = Array.from({ length: 700 }, (_, n) =>
      answerOf(w.chat.messages.post(ann, { conversation_id, content: `${n}` })),
    )
    let answered = 0
    for (const one of sent) one.then(() => answered++)
    const closed = w.chat.close()
    await assert.rejects(w.chat.messages.post(ann, { conversation_id, content: 'late' }), { code: 'draining' })
    await closed
    await Promise.all(sent)
    assert.equal(answered, 700)
    assert.ok((await Promise.all(sent)).every(answer => typeof answer === 'object'))
  })
}

async function unreliableWorld(t: TestContext, server: PostgresServer, writer?: Partial<WriterLimits>) {
  let proxy: TcpProxy | undefined
  const through = async (url: string) => {
    proxy = await tcpProxy(t, url)
    return proxy.urlFor(url)
  }
  const w = await world(t, { server, writer, through })
  return { w, proxy: proxy! }
}

/** Somebody in a conversation with one message, so that the writer is connected. */
async function place(w: World) {
  const [ann] = await w.people('ann')
  const conversation_id = await w.group([ann!])
  await w.chat.messages.post(ann!, { conversation_id, content: 'the first' })
  return { ann: ann!, conversation_id }
}
