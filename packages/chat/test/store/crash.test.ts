// PostgreSQL crashes under load: what was acknowledged is there, and the rest is found out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { privatePostgres } from '@goftegu/testkit'
import { world } from '../world.ts'
import { crowd, liesIn, noLies } from './crowd.ts'
import { breachesIn, noBreaches } from './history.ts'

test('an immediate restart under load loses and doubles nothing', async t => {
  const endings: (() => unknown)[] = []
  const postgres = await privatePostgres({ after: end => endings.push(end) })
  const w = await world(t, { server: { name: 'its own', url: postgres.url } })
  // After everything that the world has open there.
  for (const end of endings) t.after(end)
  // In the middle of it, however fast the machine is: there are some 2,400 answers.
  const onAnswer = (count: number) => (count === 300 ? postgres.restart('immediate') : undefined)
  const told = await crowd(w, { chats: [w.chat], conversations: 2, members: 6, messages: 150, onAnswer })
  assert.deepEqual(await liesIn(told, w.direct), noLies)
  assert.deepEqual(await breachesIn(w.direct), noBreaches)
  const heard = new Set(
    w.events.flatMap(({ conversation_id, event }) => ('seq' in event ? [`${conversation_id}:${event.seq}`] : [])),
  )
  assert.ok(
    told.every(
      ({ conversation_id, answer }) => typeof answer === 'string' || heard.has(`${conversation_id}:${answer.seq}`),
    ),
  )
  t.diagnostic(`${told.length} sends, ${told.filter(one => typeof one.answer !== 'string').length} accepted`)
})
