// One sender's messages keep their order, whatever gets in the way of their groups.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Database } from '@goftegu/database'
import { postgresServers } from '@goftegu/testkit'
import { sql } from 'kysely'
import { type World, world } from '../world.ts'
import { breachesIn, noBreaches } from './history.ts'

for (const server of await postgresServers()) {
  test(`heads that are locked and free in turn (${server.name})`, async t => {
    await keepsOrder(await world(t, { server, writer: { groupMessages: 4 } }), flicker)
  })

  test(`connections that are cut in between (${server.name})`, async t => {
    await keepsOrder(await world(t, { server, writer: { groupMessages: 4 } }), cut)
  })

  test(`time does not go back where the clock does (${server.name})`, async t => {
    const w = await world(t, { server })
    const [ann] = await w.people('ann')
    const conversation_id = await w.group([ann!])
    const ahead = new Date(Date.now() + 3_600_000)
    await w.direct.db.updateTable('conversation_heads').set({ last_at: ahead }).execute()
    for (const content of ['one', 'two']) {
      const { created_at } = await w.chat.messages.post(ann!, { conversation_id, content })
      assert.deepEqual(created_at, ahead)
    }
  })
}

type Disturb = (other: Database, ids: readonly number[]) => Promise<unknown>

/** Posts to several conversations, a few messages in each turn of the event loop, while `disturb` runs again and again. */
async function keepsOrder(w: World, disturb: Disturb): Promise<void> {
  const other = new Database({ url: w.url, applicationName: 'disturber', poolSize: 1 })
  w.closing.push(() => other.close())
  const [ann] = await w.people('ann')
  const ids: number[] = []
  for (let n = 0; n < 6; n++) ids.push(await w.group([ann!]))
  let isOver = false
  const disturbing = (async () => {
    while (!isOver) await disturb(other, ids)
  })()
  const sent: Promise<unknown>[] = []
  const post = (conversation_id: number, content: string) =>
    sent.push(w.chat.messages.post(ann!, { conversation_id, content }))
  for (let n = 0; n < 120; n++) {
    for (const id of ids) post(id, `${n}`)
    await setTimeout(2)
  }
  // Calm from here on: on a slow machine no group would get through between two cuts.
  isOver = true
  await disturbing
  await Promise.all(sent)
  const rows = await w.direct.db.selectFrom('messages').select(['conversation_id', 'content']).orderBy('seq').execute()
  const expected = Array.from({ length: 120 }, (_, n) => `${n}`)
  for (const [id, messages] of Map.groupBy(rows, row => row.conversation_id)) {
    assert.deepEqual(
      messages.map(message => message.content),
      expected,
      `conversation ${id}`,
    )
  }
  assert.deepEqual(await breachesIn(w.direct), noBreaches)
}

/** Holds every other head for a moment, now and then for longer than the slow lane waits. */
async function flicker(other: Database, ids: readonly number[]): Promise<void> {
  const heldMs = Math.random() < 0.05 ? 300 : 3
  await other.db.transaction().execute(async tx => {
    const some = ids.filter(() => Math.random() < 0.5)
    await sql`select from conversation_heads where conversation_id = any(${some}::bigint[]) order by conversation_id for update`.execute(
      tx,
    )
    await setTimeout(heldMs)
  })
  await setTimeout(1)
}

async function cut(other: Database): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and application_name = 'goftegu' and query like '%post_messages%'`.execute(
    other.db,
  )
  await setTimeout(20)
}
