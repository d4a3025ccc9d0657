// The store under many writers: numbers, keys, order and removals, and a control that must fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Chat, type Committed, createChat } from '@goftegu/chat'
import { Database } from '@goftegu/database'
import { eventually, postgresServers } from '@goftegu/testkit'
import { sql } from 'kysely'
import { type World, world } from '../world.ts'
import { crowd, liesIn, noLies } from './crowd.ts'
import { breachesIn, noBreaches } from './history.ts'
import { foldIntoOneStatement } from './one-statement.ts'

const size = { conversations: 4, members: 8, messages: 40 }

for (const server of await postgresServers()) {
  test(`two processes write, repeat and remove at once (${server.name})`, async t => {
    const w = await world(t, { server })
    const told = await crowd(w, { ...size, chats: [w.chat, another(w)] })
    assert.deepEqual(await liesIn(told, w.direct), noLies)
    assert.deepEqual(await breachesIn(w.direct), noBreaches)
    assert.deepEqual(w.faults, [])
    assert.ok(
      told.some(one => one.answer === 'conversation_not_found'),
      'somebody wrote after a removal',
    )
    const heads = await w.direct.db.selectFrom('conversation_heads').selectAll().execute()
    const stored = heads.flatMap(head =>
      Array.from({ length: head.last_seq }, (_, n) => `${head.conversation_id}:${n + 1}`),
    )
    assert.deepEqual(numbersHeard(w).sort(), stored.sort(), 'every number was announced once')
  })

  test(`the same with backends terminated all the time (${server.name})`, async t => {
    const w = await world(t, { server })
    const terminator = new Database({ url: w.url, applicationName: 'terminator', poolSize: 1 })
    w.closing.push(() => terminator.close())
    let terminated = 0
    // By what was done, not by the clock, so that a slow machine and a fast one are hit as often.
    const onAnswer = (count: number) => {
      if (count % 60 !== 0) return
      return terminate(terminator).then(n => {
        terminated += n
      })
    }
    const told = await crowd(w, { ...size, chats: [w.chat, another(w)], onAnswer })
    t.diagnostic(`${terminated} backends terminated in the course of ${told.length} answers`)
    assert.ok(terminated > 10)
    // What `direct` holds may have been terminated just now, and not know it yet.
    const judge = new Database({ url: w.url })
    w.closing.push(() => judge.close())
    assert.deepEqual(await liesIn(told, judge), noLies)
    assert.deepEqual(await breachesIn(judge), noBreaches)
    const heard = new Set(numbersHeard(w))
    for (const { conversation_id, answer } of told) {
      if (typeof answer !== 'string')
        assert.ok(heard.has(`${conversation_id}:${answer.seq}`), 'the message was announced')
    }
  })

  test(`control: folded into one statement, the same fails (${server.name})`, async t => {
    // It fails by a race, which may be won a few times.
    for (let attempt = 1; attempt <= 8; attempt++) {
      const w = await world(t, { server })
      await foldIntoOneStatement(w.direct)
      const told = await crowd(w, { ...size, chats: [w.chat, another(w)] })
      const breaches = await breachesIn(w.direct)
      const lies = await liesIn(told, w.direct)
      t.diagnostic(JSON.stringify({ attempt, breaches, lies, faults: w.faults.length }))
      if (breaches.strangers > 0 || breaches.late > 0) return
    }
    assert.fail('removed senders never went on storing')
  })
}

/** Another process on the same database; ended with the first one's, and what it announces is heard too. */
function another(w: World): Chat {
  const committed: Committed = news => w.events.push(...news)
  const onError = (_: unknown, context: string) => w.faults.push(context)
  const chat = createChat({ database: w.database, committed, publicUrl: () => '', onError })
  w.closing.push(() => chat.close())
  return chat
}

function numbersHeard(w: World): string[] {
  return w.events.flatMap(({ conversation_id, event }) => ('seq' in event ? [`${conversation_id}:${event.seq}`] : []))
}

/** Terminates whatever backends the processes have, at least one; says how many there were. */
async function terminate(terminator: Database): Promise<number> {
  return eventually(async () => {
    const { rows } = await sql<{ n: number }>`
      select count(pg_terminate_backend(pid))::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'goftegu'`.execute(terminator.db)
    return rows[0]!.n
  })
}
