// Read positions: over REST and on sockets, heard everywhere, never going back.
import assert from 'node:assert/strict'
import type { Check } from '../contract-suite.ts'
import { type Stage, slow, type Talk } from '../stage.ts'

export function readCases(check: Check): void {
  check('a position read over REST moves unread_count and is_read, and never back', async stage => {
    const talk = await longer(stage)
    const { ann, bob, path } = talk
    const unread = async () => (await bob.rest.expect(200, 'Conversation', 'GET', path)).unread_count
    assert.equal(await unread(), 3)
    await bob.rest.expect(204, null, 'POST', `${path}read/`, { seq: 2 })
    assert.equal(await unread(), 1)
    await bob.rest.expect(204, null, 'POST', `${path}read/`, { seq: 0 })
    assert.equal(await unread(), 1)
    const isRead = async () => (await ann.rest.expect(200, 'MessagePage', 'GET', `${path}messages/`)).results
    assert.deepEqual(
      (await isRead()).map((message: { is_read: boolean }) => message.is_read),
      [false, true, true],
    )
    await bob.rest.expect(204, null, 'POST', `${path}read/`, { seq: 1_000_000 })
    assert.equal(await unread(), 0)
  })

  check("everyone hears of it, one's own other devices too, from REST and from sockets", async stage => {
    const { ann, bob, id, path } = await longer(stage)
    const opened = [ann, ann, ann, bob, bob, bob].map(person => stage.listen(person, id))
    const sockets = (await Promise.all(opened)).map(({ socket }) => socket)
    sockets.at(-1)!.send({ type: 'read', seq: 2 })
    for (const socket of sockets) await socket.expectPush('read_updated', { user_id: bob.id, read_seq: 2 }, slow)
    await bob.rest.expect(204, null, 'POST', `${path}read/`, { seq: 3 })
    for (const socket of sockets) await socket.expectPush('read_updated', { user_id: bob.id, read_seq: 3 }, slow)
  })

  check('above the head counts as the head; going back is no event', async stage => {
    const { ann, bob, id } = await longer(stage)
    const [a, b] = [await stage.listen(ann, id), await stage.listen(bob, id)]
    b.socket.send({ type: 'read', seq: 999_999 })
    await a.socket.expectPush('read_updated', { user_id: bob.id, read_seq: 3 }, slow)
    b.socket.send({ type: 'read', seq: 1 })
    await a.socket.refutePush('read_updated', { user_id: bob.id, read_seq: 1 })
  })

  check('the current positions follow ready', async stage => {
    const { ann, bob, id, path } = await longer(stage)
    await bob.rest.expect(204, null, 'POST', `${path}read/`, { seq: 2 })
    const { socket } = await stage.listen(ann, id)
    await socket.expectPush('read_updated', { user_id: ann.id, read_seq: 3 }, slow)
    await socket.expectPush('read_updated', { user_id: bob.id, read_seq: 2 }, slow)
  })

  check("sending moves one's own position, without an event", async stage => {
    const { bob, id, path } = await longer(stage)
    const { socket } = await stage.listen(bob, id)
    await socket.next('read_updated', slow)
    socket.takeUnread()
    await bob.rest.expect(201, 'Message', 'POST', '/api/messages/', { content: 'four', conversation_id: id })
    assert.equal((await bob.rest.expect(200, 'Conversation', 'GET', path)).unread_count, 0)
    await socket.next('new_message', slow)
    await socket.refutePush('read_updated', { user_id: bob.id })
  })
}

/** Three messages of Ann's, none read. */
async function longer(stage: Stage): Promise<Talk> {
  const talk = await stage.talk('one')
  for (const content of ['two', 'three'])
    await talk.ann.rest.expect(201, 'Message', 'POST', '/api/messages/', { content, conversation_id: talk.id })
  return talk
}
