// How a socket begins: ready, positions, resume, resync.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertSample, assertUnheard, assertWire } from './wire.ts'
import { conversation, type Person, person, promote, type Replica } from './world.ts'

/** Posts `count` messages and waits until the last is stored. */
async function post(replica: Replica, { actor }: Person, conversation_id: number, count: number): Promise<void> {
  const posts = Array.from({ length: count }, (_, i) =>
    replica.chat.messages.post(actor, { conversation_id, content: `message ${i}` }),
  )
  await Promise.all(posts)
}

suite('how a socket begins', () => {
  test('ready is the first frame; the read positions follow it', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const { socket, ready } = await replica.listen(bob, id)
    assertSample(ready)
    const { epoch } = await replica.chat.conversations.get(ann.actor, id)
    const { id: userId, username, profile_picture } = bob.user
    assert.deepEqual(ready, {
      type: 'ready',
      seq: 1,
      epoch,
      user: { id: userId, username, profile_picture },
      heartbeat: 25,
    })
    const position = await socket.next()
    assertSample(position)
    assert.deepEqual(position, { type: 'read_updated', user_id: ann.user.id, read_seq: 1 })
    await assertUnheard(socket, 'read_updated')
    assertWire(socket)
  })

  test('since and epoch: what changed after arrives first, then what is new', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const first = await replica.listen(bob, id)
    await first.socket.close()
    await post(replica, ann, id, 5)
    const { socket, ready } = await replica.listen(bob, id, `?since=2&epoch=${first.ready.epoch}`)
    assert.equal(ready.seq, 2)
    await post(replica, ann, id, 2)
    for (let seq = 3; seq <= 8; seq++) assert.equal((await socket.next('new_message')).seq, seq)
    await post(replica, ann, id, 1)
    assert.equal((await socket.next('new_message')).seq, 9)
    await assertUnheard(socket, 'new_message')
    assertWire(socket)
  })

  test('a replay is the same from memory and from the database', async t => {
    const { world, replica, ann, bob, id } = await conversation(t)
    const { ready, socket } = await replica.listen(bob, id)
    const { message_id } = await replica.chat.messages.post(ann.actor, {
      conversation_id: id,
      content: 'a',
      client_id: 'k',
    })
    await replica.chat.messages.edit(ann.actor, { message_id, content: 'b' })
    const kept = await replica.chat.messages.post(ann.actor, { conversation_id: id, content: 'kept' })
    await replica.chat.messages.edit(ann.actor, { message_id: kept.message_id, content: 'edited' })
    await replica.chat.messages.edit(ann.actor, { message_id: kept.message_id, content: 'edited again' })
    const file = { blob_key: 'b', file_name: 'a.png', media_type: 'image/png', byte_size: 3 }
    await replica.chat.attachments.add(ann.actor, { conversation_id: id, message_id, ...file })
    await replica.chat.messages.remove(ann.actor, { message_id })
    await socket.next('message_deleted')
    const other = await world.replica()
    const query = `?since=1&epoch=${ready.epoch}`
    const [memory, database] = [await replica.open(bob, id, query), await other.open(bob, id, query)]
    await Promise.all([memory.next('message_deleted'), database.next('message_deleted')])
    assert.deepEqual([replica.reads.includes('replay'), other.reads.includes('replay')], [false, true])
    assert.deepEqual(withoutOrigin(memory.frames, replica), withoutOrigin(database.frames, other))
    assert.ok(!memory.frames.join().includes('"content":"a"'), 'the deleted text is not replayed')
    assert.ok(!memory.frames.join().includes('"content":"b"'), 'nor the edited one')
    assertWire(memory, database)
  })

  const unresumable: [string, (epoch: string) => string][] = [
    ['since without epoch', () => '?since=1'],
    ['another epoch', () => '?since=1&epoch=0000000000000000'],
    ['above the head', epoch => `?since=4711&epoch=${epoch}`],
    ['no number', epoch => `?since=01&epoch=${epoch}`],
    ['negative', epoch => `?since=-1&epoch=${epoch}`],
    ['too large a number', epoch => `?since=9007199254740993&epoch=${epoch}`],
    ['twice', epoch => `?since=1&since=1&epoch=${epoch}`],
    ['empty', epoch => `?since=&epoch=${epoch}`],
  ]
  test('what cannot be resumed gets resync, and live events go on from there', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const { epoch } = await replica.chat.conversations.get(ann.actor, id)
    for (const [name, query] of unresumable) {
      const { socket, ready } = await replica.listen(bob, id, query(epoch))
      const head = ready.seq
      const resync = await socket.next()
      assertSample(resync as { type: 'resync' })
      assert.deepEqual(resync, { type: 'resync', seq: head, epoch }, name)
      await post(replica, ann, id, 1)
      await socket.expectPush('new_message', { seq: head + 1 })
      assertWire(socket)
      await socket.close()
    }
  })

  test('more than the longest replay behind gets resync; exactly that far is replayed', async t => {
    const { replica, ann, bob, id } = await conversation(t, {
      limits: { maxReplayChanges: 10, replayPage: 3, recentPerRoom: 2 },
    })
    const { ready, socket } = await replica.listen(bob, id)
    await socket.close()
    await post(replica, ann, id, 11)
    const far = await replica.listen(bob, id, `?since=1&epoch=${ready.epoch}`)
    await far.socket.expectPush('resync', { seq: 12 })
    const near = await replica.listen(bob, id, `?since=2&epoch=${ready.epoch}`)
    for (let seq = 3; seq <= 12; seq++) assert.equal((await near.socket.next('new_message')).seq, seq)
  })

  test('messages posted while a long replay runs follow it, each once', async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits: { replayPage: 5, recentPerRoom: 5 } })
    const { ready } = await replica.listen(ann, id)
    await post(replica, ann, id, 100)
    const [opened] = await Promise.all([
      replica.listen(bob, id, `?since=0&epoch=${ready.epoch}`),
      post(replica, ann, id, 100),
    ])
    for (let seq = 1; seq <= 201; seq++) assert.equal((await opened.socket.next('new_message')).seq, seq)
    await post(replica, ann, id, 1)
    assert.equal((await opened.socket.next('new_message')).seq, 202)
    await assertUnheard(opened.socket, 'new_message')
  })

  test('a new epoch under an open socket: resync, positions, and live events of the new one', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const { socket, ready } = await replica.listen(bob, id)
    await replica.database.db.updateTable('installation').set({ epoch_key: crypto.randomUUID() }).execute()
    await post(replica, ann, id, 1)
    const resync = await socket.next('resync')
    assertSample(resync)
    assert.notEqual(resync.epoch, ready.epoch)
    await socket.expectPush('read_updated', { user_id: ann.user.id, read_seq: resync.seq })
    await post(replica, ann, id, 1)
    await socket.expectPush('new_message', { seq: resync.seq + 1 })
    assertWire(socket)
  })

  test('staff enter without being participants; a connection takes two round trips at most', async t => {
    const { replica, ann, id } = await conversation(t, { limits: { recentPerRoom: 1 } })
    // The patrol alone reads heads, and does so when it is due or the bus was silent for a moment.
    const ofConnections = () => replica.reads.filter(name => name !== 'heads')
    const boss = await promote(replica, await person(replica, 'boss'))
    const { ready } = await replica.listen(boss, id)
    await post(replica, ann, id, 5)
    replica.reads.length = 0
    const { socket } = await replica.listen(ann, id, `?since=1&epoch=${ready.epoch}`)
    await socket.expectPush('new_message', { seq: 6 })
    assert.deepEqual(ofConnections(), ['snapshot', 'replay'])
    replica.reads.length = 0
    await replica.listen(ann, id)
    assert.deepEqual(ofConnections(), ['snapshot'])
  })
})

function withoutOrigin(frames: string[], replica: Replica): unknown[] {
  return frames.map(frame => JSON.parse(frame.replaceAll(replica.address, 'http://here')) as unknown)
}
