// A replica of a later version announces what this one does not know: the database is asked at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conversationChannel } from '@goftegu/bus'
import { encode } from '@goftegu/protocol'
import { eventually } from '@goftegu/testkit'
import { conversation } from './world.ts'

/** Long enough that only an announcement can be the reason why the database is asked. */
const limits = { compareIntervalMs: 3_600_000, readsIntervalMs: 3_600_000 }

const words: [string, (bytes: Buffer) => void][] = [
  ['a kind', bytes => bytes.writeUInt8(8, 1)],
  ['a layout', bytes => bytes.writeUInt8(2, 0)],
]
for (const [name, spoil] of words) {
  test(`${name} that this version does not know: its number is told, with no more than its type`, async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits })
    const { socket, ready } = await replica.listen(bob, id)
    const { pool } = replica.database
    await pool.query('alter table conversation_changes drop constraint conversation_changes_type_check')
    await pool.query('update conversation_heads set last_seq = last_seq + 1 where conversation_id = $1', [id])
    const seq = ready.seq + 1
    await pool.query(
      "insert into conversation_changes (conversation_id, seq, type) values ($1, $2, 'reaction_added')",
      [id, seq],
    )
    const event = { type: 'conversation_renamed' as const, seq, title: 'in words of a later version' }
    const bytes = encode({ conversation_id: id, epoch: ready.epoch, event })
    spoil(bytes)
    await replica.broker.publish(conversationChannel(id), bytes)
    const told = JSON.stringify({ type: 'reaction_added', seq })
    await eventually(() => socket.frames.includes(told), { what: `${told}; heard ${socket.frames.join()}` })
    await replica.chat.messages.post(ann.actor, { conversation_id: id, content: 'next' })
    await socket.expectPush('new_message', { seq: seq + 1 })
    assert.equal(socket.frames.filter(frame => frame.includes('later version')).length, 0)
  })
}

test('a level that this version does not know is passed over', async t => {
  const { replica, bob, id } = await conversation(t, { limits })
  const { socket, ready } = await replica.listen(bob, id)
  const known = { type: 'read_updated' as const, user_id: bob.user.id, read_seq: 2 }
  const [unknown, next] = [{ ...known, read_seq: 1 }, known].map(event =>
    encode({ conversation_id: id, epoch: ready.epoch, event }),
  )
  unknown!.writeUInt8(200, 1)
  replica.reads.length = 0
  for (const bytes of [unknown!, next!]) await replica.broker.publish(conversationChannel(id), bytes)
  await socket.expectPush('read_updated', known)
  const told = socket.frames.filter(frame => frame.includes(`"user_id":${bob.user.id}`))
  assert.deepEqual(told, [JSON.stringify(known)])
  assert.deepEqual(replica.reads, [])
})
