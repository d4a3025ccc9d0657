// A conversation over sockets: what is said, and who hears it.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { connect, UpgradeRefused } from '@goftegu/testkit'
import { assertUnheard } from './wire.ts'
import { conversation, person } from './world.ts'

suite('a conversation over sockets', () => {
  test('what one says both hear, the sender too', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    a.socket.send({ type: 'chat_message', content: 'سلام 👋🏽', client_id: 'k1' })
    const accepted = await a.socket.next('accepted')
    for (const { socket } of [a, b]) {
      const event = await socket.expectPush('new_message', { seq: 2, changed_seq: 2, client_id: 'k1' })
      assert.equal(event.message.content, 'سلام 👋🏽')
      assert.equal(event.message.id, accepted.message_id)
      const { id, username, profile_picture } = ann.user
      assert.deepEqual(event.message.sender, { id, username, profile_picture })
    }
    await assertUnheard(b.socket, 'accepted')
  })

  test('a stranger is refused before the upgrade, as if there were nothing', async t => {
    const { replica, id } = await conversation(t)
    const eve = await person(replica, 'eve')
    const refusal = await replica.open(eve, id).catch((error: unknown) => error)
    assert.ok(refusal instanceof UpgradeRefused)
    assert.equal(refusal.status, 404)
    const nothing = await replica.open(eve, 4711).catch((error: unknown) => error)
    assert.ok(nothing instanceof UpgradeRefused)
    assert.equal(nothing.body, refusal.body)
    await assert.rejects(connect(`${replica.address}/ws/chat/${id}/`), { status: 401 })
  })
})
