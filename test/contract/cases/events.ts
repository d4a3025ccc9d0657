// Section 3 of the contract: what is said on a socket or over REST, and what everybody hears of it.
import assert from 'node:assert/strict'
import type { HeardType, SocketClient } from '@goftegu/testkit'
import type { Check } from '../contract-suite.ts'
import { type Stage, slow, type Talk } from '../stage.ts'

/** So many listen that each gateway of a few has some. */
const listeners = 6

export function eventCases(check: Check): void {
  check('chat_message, edit_message and delete_message reach everyone, the sender too, in order', async stage => {
    const { ann, talk, sockets } = await audience(stage)
    const { socket } = await stage.listen(ann, talk.id)
    const all = [...sockets, socket]
    socket.send({ type: 'chat_message', content: 'hello' })
    const heard = await heardByAll(all, 'new_message')
    const id = heard.message.id
    assert.deepEqual([heard.seq, heard.message.content, heard.message.sender.id], [2, 'hello', ann.id])
    socket.send({ type: 'edit_message', message_id: id, content: 'hello!' })
    const edited = await heardByAll(all, 'message_edited')
    assert.deepEqual(edited, { type: 'message_edited', seq: 3, changed_seq: 3, message: { id, content: 'hello!' } })
    socket.send({ type: 'delete_message', message_id: id })
    const deleted = await heardByAll(all, 'message_deleted')
    assert.deepEqual(deleted, { type: 'message_deleted', seq: 4, changed_seq: 4, message_id: id })
  })

  check('what happens over REST reaches every socket as the same events', async stage => {
    const { ann, talk, sockets } = await audience(stage)
    const sent = { content: 'by REST', conversation_id: talk.id }
    const message = await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', sent)
    const heard = await heardByAll(sockets, 'new_message')
    assert.deepEqual(
      [heard.seq, heard.message.id, heard.message.content, heard.message.timestamp],
      [message.seq, message.id, message.content, message.timestamp],
    )
    await ann.rest.expect(200, 'Message', 'PUT', `/api/messages/${message.id}/`, { content: 'changed' })
    assert.equal((await heardByAll(sockets, 'message_edited')).message.content, 'changed')
    await ann.rest.expect(204, null, 'DELETE', `/api/messages/${message.id}/`)
    assert.equal((await heardByAll(sockets, 'message_deleted')).message_id, message.id)
  })

  check('an attachment is heard, with an absolute URL that works', async stage => {
    const { ann, bob, talk, sockets } = await audience(stage)
    const form = new FormData()
    form.set('file', new Blob(['GIF89a\x01\x00\x01\x00\x00\x00\x00;']), 'a.gif')
    await ann.rest.expect(201, 'Attachment', 'POST', `${talk.path}messages/${talk.first.id}/attachments/`, form)
    const { attachment, message_id } = await heardByAll(sockets, 'attachment_added')
    assert.equal(message_id, talk.first.id)
    assert.ok(attachment.file.startsWith(`${stage.url}/`), attachment.file)
    assert.equal((await bob.rest.call('GET', attachment.file.slice(stage.url.length))).status, 200)
  })

  check('an unchanged edit and a second deletion are no events', async stage => {
    const { ann, talk, sockets } = await audience(stage)
    const path = `/api/messages/${talk.first.id}/`
    await ann.rest.expect(200, 'Message', 'PATCH', path, { content: talk.first.content })
    await ann.rest.expect(204, null, 'DELETE', path)
    await ann.rest.expect(204, null, 'DELETE', path)
    assert.equal((await heardByAll(sockets, 'message_deleted')).seq, 2)
    await Promise.all(sockets.map(socket => socket.refutePush('message_deleted')))
    for (const socket of sockets) assert.ok(!socket.frames.join().includes('message_edited'))
  })

  check('user_typing goes to the others on every gateway, and ends when the socket does', async stage => {
    const { ann, talk, sockets } = await audience(stage)
    const [typing, own] = [await stage.listen(ann, talk.id), await stage.listen(ann, talk.id)]
    typing.socket.send({ type: 'typing', is_typing: true })
    const event = await heardByAll(sockets, 'user_typing')
    assert.deepEqual([event.user.id, event.is_typing], [ann.id, true])
    typing.socket.send({ type: 'typing', is_typing: false })
    assert.equal((await heardByAll(sockets, 'user_typing')).is_typing, false)
    typing.socket.send({ type: 'typing', is_typing: true })
    await heardByAll(sockets, 'user_typing')
    await typing.socket.close()
    assert.equal((await heardByAll(sockets, 'user_typing')).is_typing, false)
    await own.socket.refutePush('user_typing', {}, { ms: 50 })
  })

  check("nobody edits or deletes another's message; only the offender hears of it", async stage => {
    const { ann, bob, id, first } = await stage.talk()
    const [a, b] = [await stage.listen(ann, id), await stage.listen(bob, id)]
    b.socket.send({ type: 'edit_message', message_id: first.id, content: 'yours' })
    await b.socket.expectPush('error', { code: 'forbidden' }, slow)
    b.socket.send({ type: 'delete_message', message_id: first.id })
    await b.socket.expectPush('error', { code: 'forbidden' }, slow)
    b.socket.send({ type: 'delete_message', message_id: 999_999_999 })
    await b.socket.expectPush('error', { code: 'message_not_found' }, slow)
    await a.socket.refutePush('error')
    const message = await ann.rest.expect(200, 'Message', 'GET', `/api/messages/${first.id}/`)
    assert.deepEqual(message, first)
  })

  check("one socket's messages keep their order, each number once, at every listener", async stage => {
    const { ann, talk, sockets } = await audience(stage)
    const { socket } = await stage.listen(ann, talk.id)
    for (let n = 0; n < 15; n++) socket.send({ type: 'chat_message', content: `${n}` })
    for (let n = 0; n < 15; n++) {
      const { seq, message } = await heardByAll(sockets, 'new_message')
      assert.deepEqual([seq, message.content], [n + 2, `${n}`])
    }
  })

  check('many who write at once are heard by all in one order', async stage => {
    const { ann, bob, talk, sockets } = await audience(stage)
    const writers = await Promise.all([ann, bob, ann, bob].map(person => stage.listen(person, talk.id)))
    for (const [n, { socket }] of writers.entries())
      for (let i = 0; i < 5; i++) socket.send({ type: 'chat_message', content: `${n}-${i}` })
    for (let seq = 2; seq <= 21; seq++) assert.equal((await heardByAll(sockets, 'new_message')).seq, seq)
  })

  check('ping is answered with pong, on both levels', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    socket.send({ type: 'ping' })
    await socket.next('pong', slow)
    const pong = new Promise(resolve => socket.socket.once('pong', data => resolve(String(data))))
    socket.socket.ping('abc')
    assert.equal(await pong, 'abc')
  })

  check('frames sent before ready are handled too', async stage => {
    const { ann, id } = await stage.talk()
    const socket = await stage.open(ann, id)
    socket.send({ type: 'chat_message', content: 'early', client_id: 'early' })
    await socket.expectPush('accepted', { client_id: 'early', seq: 2 }, slow)
  })
}

/** Ann, and Bob who listens many times over, wherever his sockets come to lie. */
async function audience(stage: Stage): Promise<{ talk: Talk; sockets: SocketClient[] } & Pick<Talk, 'ann' | 'bob'>> {
  const talk = await stage.talk()
  const opened = Array.from({ length: listeners }, () => stage.listen(talk.bob, talk.id))
  const sockets = (await Promise.all(opened)).map(({ socket }) => socket)
  return { talk, sockets, ann: talk.ann, bob: talk.bob }
}

/** The next event of this type, which is the same for all. */
async function heardByAll<T extends HeardType>(sockets: SocketClient[], type: T) {
  const [first, ...others] = await Promise.all(sockets.map(socket => socket.next(type, slow)))
  for (const other of others) assert.deepEqual(other, first)
  // biome-ignore lint/suspicious/noExplicitAny: what an event holds is the server's claim, and each frame is judged
  return first as any
}
