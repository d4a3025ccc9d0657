// Section 3 of the contract, line by line: what is sent, what is heard, with which fields.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertSample, assertUnheard, assertWire } from './wire.ts'
import { conversation, person } from './world.ts'

suite('the fixed events', () => {
  test('new_message, message_edited, message_deleted reach everyone, the sender too', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    const sockets = [a.socket, b.socket]
    a.socket.send({ type: 'chat_message', content: 'hello' })
    const heard = await Promise.all(sockets.map(socket => socket.next('new_message')))
    for (const event of heard) assertSample(event)
    assert.deepEqual(heard[0], heard[1])
    const message_id = heard[0]!.message.id

    a.socket.send({ type: 'edit_message', message_id, content: 'hello!' })
    for (const socket of sockets) {
      const event = await socket.next('message_edited')
      assertSample(event)
      assert.deepEqual(event, {
        type: 'message_edited',
        seq: 3,
        changed_seq: 3,
        message: { id: message_id, content: 'hello!' },
      })
    }
    a.socket.send({ type: 'delete_message', message_id })
    for (const socket of sockets) {
      const event = await socket.next('message_deleted')
      assertSample(event)
      assert.deepEqual(event, { type: 'message_deleted', seq: 4, changed_seq: 4, message_id })
    }
    assertWire(...sockets)
  })

  test('user_typing goes to the others, once, and ends when the socket does', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    const own = await replica.listen(ann, id)
    a.socket.send({ type: 'typing', is_typing: true })
    const event = await b.socket.next('user_typing')
    assertSample(event)
    assert.equal(event.user.id, ann.user.id)
    a.socket.send({ type: 'typing', is_typing: false })
    assert.equal((await b.socket.next('user_typing')).is_typing, false)
    a.socket.send({ type: 'typing', is_typing: true })
    assert.equal((await b.socket.next('user_typing')).is_typing, true)
    await a.socket.close()
    assert.equal((await b.socket.next('user_typing')).is_typing, false)
    await assertUnheard(own.socket, 'user_typing')
    assertWire(b.socket)
  })

  test('typing ends by itself', async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits: { typingTimeoutMs: 100 } })
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    a.socket.send({ type: 'typing', is_typing: true })
    await b.socket.expectPush('user_typing', { is_typing: true })
    await b.socket.expectPush('user_typing', { is_typing: false, user: { id: ann.user.id } })
  })

  test('what happens over REST reaches the sockets as the same events', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const { socket } = await replica.listen(bob, id)
    const { message_id } = await replica.chat.messages.post(ann.actor, { conversation_id: id, content: 'one' })
    await replica.chat.messages.edit(ann.actor, { message_id, content: 'two' })
    const file = { blob_key: 'b', file_name: 'a.png', media_type: 'image/png', byte_size: 3 }
    await replica.chat.attachments.add(ann.actor, { conversation_id: id, message_id, ...file })
    await replica.chat.messages.remove(ann.actor, { message_id })
    assertSample(await socket.next('new_message'))
    assertSample(await socket.next('message_edited'))
    assertSample(await socket.next('attachment_added'))
    assertSample(await socket.next('message_deleted'))
    assertWire(socket)
  })

  test("nobody edits or deletes another's message; nobody else hears of the attempt", async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    const { message_id } = await replica.chat.messages.post(ann.actor, { conversation_id: id, content: 'mine' })
    await b.socket.next('new_message')
    b.socket.send({ type: 'edit_message', message_id, content: 'yours' })
    assertSample(await b.socket.expectPush('error', { code: 'forbidden' }))
    b.socket.send({ type: 'delete_message', message_id })
    await b.socket.expectPush('error', { code: 'forbidden' })
    b.socket.send({ type: 'delete_message', message_id: 4711 })
    await b.socket.expectPush('error', { code: 'message_not_found' })
    await a.socket.next('new_message')
    a.socket.send({ type: 'ping' })
    await a.socket.next('pong')
    assert.deepEqual(
      a.socket.takeUnread().filter(({ type }) => type !== 'read_updated'),
      [],
    )
    const eve = await person(replica, 'eve')
    const other = await replica.chat.messages.postDirect(eve.actor, { recipient_id: ann.user.id, content: 'else' })
    a.socket.send({ type: 'edit_message', message_id: other.message_id, content: 'not of this conversation' })
    await a.socket.expectPush('error', { code: 'message_not_found' })
  })

  test('two edits in one breath: the second one stays', async t => {
    const { replica, ann, id } = await conversation(t)
    const { socket } = await replica.listen(ann, id)
    const { message_id } = await replica.chat.messages.post(ann.actor, { conversation_id: id, content: '0' })
    for (let i = 1; i <= 8; i++) socket.send({ type: 'edit_message', message_id, content: String(i) })
    for (let i = 1; i <= 8; i++)
      await socket.expectPush('message_edited', { message: { id: message_id, content: String(i) } })
    assert.equal((await replica.chat.messages.get(ann.actor, message_id)).content, '8')
  })

  test('a connection’s messages keep their order, and text comes back as it was sent', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    const texts = [
      'سلام، خوبی؟',
      'مرحبا',
      '👨‍👩‍👧‍👦🏳️‍🌈',
      'می‌خواهم',
      'e\u0301 ≠ é',
      ' padded ',
      '<b>&"\u2028',
      '😀'.repeat(10_000),
    ]
    for (const content of texts) a.socket.send({ type: 'chat_message', content })
    for (const content of texts) assert.equal((await b.socket.next('new_message')).message.content, content)
  })
})
