// What a failed statement means: refused for sure, or perhaps stored.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, tcpProxy } from '@goftegu/testkit'
import { sql } from 'kysely'
import { failureOf, refusalOf } from '../../src/writer/failure.ts'
import { Writer } from '../../src/writer/writer.ts'
import { type World, world } from '../world.ts'
import { answerOf } from './crowd.ts'
import { breachesIn, noBreaches } from './history.ts'

const coded = (code: string) => Object.assign(new Error('…'), { code })

test('only what PostgreSQL refused by itself is a culprit', async t => {
  const w = await world(t)
  const errorOf = (statement: string) =>
    sql
      .raw(statement)
      .execute(w.database.db)
      .then(
        () => assert.fail('it was accepted'),
        (error: unknown) => error,
      )
  const raised = (state: string) => errorOf(`do $$ begin raise exception using errcode = '${state}'; end $$`)
  for (const [state, failure, code] of [
    ['22021', 'culprit', 'invalid_request'],
    ['23505', 'culprit', 'invalid_request'],
    ['42501', 'culprit', 'outcome_unknown'],
    ['XX000', 'culprit', 'outcome_unknown'],
    ['55P03', 'locked'],
    ['57014', 'again'],
    ['40003', 'again'],
    ['08007', 'again'],
  ] as const) {
    const error = await raised(state)
    assert.equal(failureOf(error), failure, state)
    if (code) assert.equal(refusalOf(error).code, code, state)
  }
  const broken = ['ECONNRESET', 'EPROTO', 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'ENETDOWN', 'ENETRESET']
  const unheardOf = ['EHOSTDOWN', 'ERR_NOBODY_KNOWS', '22021']
  for (const code of [...broken, ...unheardOf]) assert.equal(failureOf(coded(code)), 'again', code)
  for (const error of [new RangeError('…'), 'text', undefined]) assert.equal(failureOf(error), 'again')
})

for (const code of ['EPROTO', 'ERR_NOBODY_KNOWS']) {
  test(`what was committed before the connection broke with ${code} is not refused`, async t => {
    const { w, writer, breakWith, proxy, faults } = await breakable(t)
    const [ann] = await w.people('ann')
    const conversation_id = await w.group([ann!])
    const send = (content: string) =>
      answerOf(writer.post({ conversation_id, sender_id: ann!.id, key: `key of ${content}`, content }))
    await send('the first')
    proxy.drop('down')
    const sending = send('the answer is lost')
    await eventually(async () => {
      const { rows } = await sql`select from messages where content = 'the answer is lost'`.execute(w.direct.db)
      return rows.length === 1
    })
    proxy.heal()
    breakWith(code)
    const answer = await sending
    assert.deepEqual(typeof answer === 'object' && [answer.outcome, answer.seq], ['repeat', 2])
    assert.equal(faults.length, code === 'EPROTO' ? 0 : 1, 'what nobody knows is told')
    assert.deepEqual(await breachesIn(w.direct), noBreaches)
  })
}

/** A writer whose connections can be broken with any error, as the system or TLS would. */
async function breakable(t: Parameters<typeof world>[0]) {
  let proxy: Awaited<ReturnType<typeof tcpProxy>> | undefined
  const w: World = await world(t, {
    through: async url => {
      proxy = await tcpProxy(t, url)
      return proxy.urlFor(url)
    },
  })
  const streams: { destroy(error: Error): void }[] = []
  const createPool = w.database.createPool.bind(w.database)
  w.database.createPool = (...options) =>
    createPool(...options).on('connect', client => streams.push(client.connection.stream))
  const faults: unknown[] = []
  const writer = new Writer({ database: w.database, committed: () => {}, onError: error => faults.push(error) })
  w.closing.push(() => writer.close())
  const breakWith = (code: string) => {
    for (const stream of streams) stream.destroy(coded(code))
  }
  return { w, writer, breakWith, proxy: proxy!, faults }
}
