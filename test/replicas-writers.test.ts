// What a crowd's writers hold against a server: a send that it refused for now, and stored all the same.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createOracle, eventually, type Heard } from '@goftegu/testkit'
import { randomOf } from './replicas/random.ts'
import { Rest } from './replicas/rest.ts'
import { RestWriter } from './replicas/rest-writer.ts'
import { SocketWriter } from './replicas/socket-writer.ts'

const ann = 1
const conversationId = 7

/** Ann's one message is stored, under the key of her writer's first send. */
function stored(client_id: string) {
  const message = { id: 11, seq: 1, changed_seq: 1, sender_id: ann, client_id, content: 'hello', is_deleted: false }
  const participants = [{ user_id: ann, visible_from: 1 }]
  return { conversations: [{ id: conversationId, last_seq: 1, participants, messages: [message], changes: [] }] }
}

for (const [status, code, count] of [
  [503, 'busy', 1],
  [429, 'rate_limited', 1],
  [503, 'unavailable', 0],
] as const) {
  test(`over REST: stored after a ${status} ${code} is ${count} phantom`, async t => {
    let asked = 0
    const server = createServer((_, response) => {
      asked += 1
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code }))
    }).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const oracle = createOracle()
    const log = oracle.writer({ userId: ann, conversationId })
    const { port } = server.address() as AddressInfo
    const writer = new RestWriter(new Rest(`http://127.0.0.1:${port}`, 'token'), log, 'ann', randomOf(1, 'ann'))
    writer.write()
    await eventually(() => asked > 1, { ms: 10_000, what: 'the send to be repeated' })
    writer.giveUp()
    await writer.settled
    assert.equal(oracle.judge(stored('ann-1')).counts().phantom, count)
    assert.deepEqual(writer.refusals, [])
  })
}

test('over a socket: stored after busy is a phantom, and not where nobody knows, or it was taken', () => {
  const after = (answers: object[]) => {
    const oracle = createOracle()
    const seat = { isOpen: true, isOut: false, send: () => {}, onOpen: () => {}, onEvent: (_: Heard) => {} }
    const writer = new SocketWriter(seat, oracle.writer({ userId: ann, conversationId }), 'ann', randomOf(1, 'ann'))
    writer.write()
    for (const answer of answers) seat.onEvent({ client_id: 'ann-1', ...answer } as Heard)
    return oracle.judge(stored('ann-1')).counts().phantom
  }
  const busy = { type: 'error', code: 'busy' }
  assert.equal(after([busy]), 1)
  assert.equal(after([{ type: 'error', code: 'unavailable' }]), 0)
  assert.equal(after([{ type: 'accepted', seq: 1, message_id: 11 }]), 0)
})
