// client_id: what is sent twice is stored once, on sockets and over REST, at whichever replica.
import assert from 'node:assert/strict'
import type { Check } from '../contract-suite.ts'
import { slow } from '../stage.ts'

export function idempotenceCases(check: Check): void {
  check('REST: 201, then 200 with the same message, and 409 with another text', async stage => {
    const { ann, bob, id } = await stage.talk()
    const send = { content: 'once', conversation_id: id, client_id: 'k-1' }
    const first = await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', send)
    for (let n = 0; n < 4; n++)
      assert.deepEqual(await ann.rest.expect(200, 'Message', 'POST', '/api/messages/', send), first)
    await ann.rest.refuse('client_id_conflict', 'POST', '/api/messages/', { ...send, content: 'twice' })
    const { conversation_id: _, ...rest } = send
    const toBob = { ...rest, recipient_id: bob.id }
    assert.deepEqual(await ann.rest.expect(200, 'Message', 'POST', '/api/messages/', toBob), first)
  })

  check('REST: the same send at once, many times: one 201, the rest 200, one message', async stage => {
    const { ann, bob, id, path } = await stage.talk()
    const send = { content: 'once', conversation_id: id, client_id: 'k-1' }
    const answers = await Promise.all(Array.from({ length: 10 }, () => ann.rest.call('POST', '/api/messages/', send)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(9).fill(200), 201])
    assert.equal((await bob.rest.expect(200, 'MessagePage', 'GET', `${path}messages/`)).count, 2)
  })

  check("REST: another sender's client_id is another message", async stage => {
    const { ann, bob, id } = await stage.talk()
    const send = { content: 'mine', conversation_id: id, client_id: 'k' }
    const hers = await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', send)
    const his = await bob.rest.expect(201, 'Message', 'POST', '/api/messages/', send)
    assert.notEqual(his.id, hers.id)
  })

  for (const client_id of ['', '~mine', 'x'.repeat(65), 'a\0']) {
    check(`REST: the client_id ${JSON.stringify(client_id).slice(0, 12)} is refused`, async stage => {
      const { ann, id } = await stage.talk()
      const send = { content: 'x', conversation_id: id, client_id }
      await ann.rest.refuse('invalid_client_id', 'POST', '/api/messages/', send)
    })
  }

  check('socket: a repeat is accepted with the same number, on other sockets too, and heard once', async stage => {
    const { ann, bob, id } = await stage.talk()
    const { socket: listener } = await stage.listen(bob, id)
    const message = { type: 'chat_message', content: 'once', client_id: 'k1' }
    const accepted: object[] = []
    for (let n = 0; n < 6; n++) {
      const { socket } = await stage.listen(ann, id)
      socket.send(message)
      accepted.push(await socket.next('accepted', slow))
    }
    const [first] = accepted
    for (const other of accepted) assert.deepEqual(other, first)
    await listener.expectPush('new_message', { client_id: 'k1', seq: 2 }, slow)
    await listener.refutePush('new_message')
  })

  check('socket: another text is client_id_conflict', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    socket.send({ type: 'chat_message', content: 'one', client_id: 'k' })
    await socket.next('accepted', slow)
    socket.send({ type: 'chat_message', content: 'two', client_id: 'k' })
    await socket.expectPush('error', { code: 'client_id_conflict', client_id: 'k' }, slow)
  })

  check('what was sent on a socket is repeated over REST, and the other way round', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    socket.send({ type: 'chat_message', content: 'a', client_id: 'a' })
    const { message_id } = await socket.next('accepted', slow)
    const repeated = { content: 'a', conversation_id: id, client_id: 'a' }
    assert.equal((await ann.rest.expect(200, 'Message', 'POST', '/api/messages/', repeated)).id, message_id)
    const posted = { content: 'b', conversation_id: id, client_id: 'b' }
    const second = await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', posted)
    socket.send({ type: 'chat_message', content: 'b', client_id: 'b' })
    await socket.expectPush('accepted', { message_id: second.id, seq: second.seq }, slow)
  })

  check('without a client_id there is no accepted, and none is made up in the event', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    socket.send({ type: 'chat_message', content: 'plain' })
    assert.ok(!('client_id' in (await socket.next('new_message', slow))))
    await socket.refutePush('accepted')
  })
}
