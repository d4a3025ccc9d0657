// Whatever a client sends: an error event or a close code of the contract, never a crash, never heard by others.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { suite, test } from 'node:test'
import { errorTable, maxFrameBytes } from '@goftegu/protocol'
import { within } from '@goftegu/testkit'
import { assertWire } from './wire.ts'
import { conversation, type Person, type Replica } from './world.ts'

const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels)

const frames: [name: string, frame: string, code: string][] = [
  ['no JSON', 'hello', 'invalid_json'],
  ['half of JSON', '{"type":"ping"', 'invalid_json'],
  ['nothing', '', 'invalid_json'],
  ['an array', '[{"type":"ping"}]', 'invalid_event'],
  ['null', 'null', 'invalid_event'],
  ['a number', '1e400', 'invalid_event'],
  ['a string', '"ping"', 'invalid_event'],
  ['no type', '{}', 'unknown_event'],
  ['an unknown type', '{"type":"new_message"}', 'unknown_event'],
  ['a type from the prototype', '{"type":"constructor"}', 'unknown_event'],
  ['another one', '{"type":"__proto__","__proto__":{"type":"ping"}}', 'unknown_event'],
  ['a type that is none', '{"type":{"type":"ping"}}', 'unknown_event'],
  ['deep arrays', deep('[', ']', 10_000), 'invalid_event'],
  ['deep objects', `{"type":"chat_message","content":${deep('[', ']', 10_000)}}`, 'invalid_event'],
  [
    'a deep field that nobody reads',
    `{"type":"nonsense","x":${deep('{"a":', '', 10_000)}1${'}'.repeat(10_000)}}`,
    'unknown_event',
  ],
  ['no content', '{"type":"chat_message"}', 'invalid_event'],
  ['content of another type', '{"type":"chat_message","content":5}', 'invalid_event'],
  ['null content', '{"type":"chat_message","content":null}', 'invalid_event'],
  ['empty content', '{"type":"chat_message","content":""}', 'invalid_content'],
  ['blank content', '{"type":"chat_message","content":" \\n\\u3000"}', 'invalid_content'],
  ['NUL', '{"type":"chat_message","content":"a\\u0000b"}', 'invalid_content'],
  ['a lone surrogate', '{"type":"chat_message","content":"a\\ud800b"}', 'invalid_content'],
  ['too long a text', JSON.stringify({ type: 'chat_message', content: 'x'.repeat(10_001) }), 'invalid_content'],
  ['an empty client_id', '{"type":"chat_message","content":"a","client_id":""}', 'invalid_client_id'],
  ["one of the server's", '{"type":"chat_message","content":"a","client_id":"~a"}', 'invalid_client_id'],
  [
    'too long a client_id',
    `{"type":"chat_message","content":"a","client_id":"${'k'.repeat(65)}"}`,
    'invalid_client_id',
  ],
  ['a client_id with NUL', '{"type":"chat_message","content":"a","client_id":"\\u0000"}', 'invalid_client_id'],
  ['a client_id with half a pair', '{"type":"chat_message","content":"a","client_id":"\\udc00"}', 'invalid_client_id'],
  ['a client_id that is a number', '{"type":"chat_message","content":"a","client_id":7}', 'invalid_event'],
  ['an id that is a string', '{"type":"delete_message","message_id":"1"}', 'invalid_event'],
  ['infinity', '{"type":"delete_message","message_id":1e400}', 'invalid_event'],
  ['2^53+1', '{"type":"delete_message","message_id":9007199254740993}', 'invalid_event'],
  ['0', '{"type":"delete_message","message_id":0}', 'invalid_event'],
  ['a negative id', '{"type":"edit_message","message_id":-1,"content":"a"}', 'invalid_event'],
  ['a fraction', '{"type":"edit_message","message_id":1.5,"content":"a"}', 'invalid_event'],
  [
    'a message that does not exist',
    '{"type":"edit_message","message_id":9007199254740991,"content":"a"}',
    'message_not_found',
  ],
  ['typing of another type', '{"type":"typing","is_typing":"yes"}', 'invalid_event'],
  ['a negative position', '{"type":"read","seq":-1}', 'invalid_event'],
  ['a position beyond all numbers', '{"type":"read","seq":1e400}', 'invalid_event'],
]

const generous = { framesPerSecond: 1_000, frameBurst: 1_000 }

suite('frames that no client should send', () => {
  test('each is answered with an error event that says what to do; nothing changes and nobody hears', async t => {
    const { replica, ann, bob, id } = await conversation(t, { limits: generous })
    const [a, b] = [await replica.listen(ann, id), await replica.listen(bob, id)]
    for (const [name, frame, code] of frames) {
      a.socket.send(frame)
      const error = await a.socket.next('error')
      assert.equal(error.code, code, name)
      assert.ok(error.detail.length > 10 && code in errorTable, name)
    }
    await replica.chat.messages.post(ann.actor, { conversation_id: id, content: 'the next' })
    assert.equal((await b.socket.next('new_message')).message.content, 'the next')
    assert.deepEqual(
      b.socket.takeUnread().filter(({ type }) => type !== 'read_updated'),
      [],
    )
    assertWire(a.socket, b.socket)
  })

  test('the error names the client_id; fields that are not known are ignored', async t => {
    const { replica, ann, id } = await conversation(t)
    const { socket } = await replica.listen(ann, id)
    socket.send({ type: 'chat_message', content: '', client_id: 'k1' })
    await socket.expectPush('error', { code: 'invalid_content', client_id: 'k1' })
    socket.send({ type: 'chat_message' })
    await socket.expectPush('error', { detail: 'The event is not valid: /content is required.' })
    socket.send('{"type":"chat_message","content":"hello","colour":"red","__proto__":{"isStaff":true}}')
    await socket.expectPush('new_message', { message: { content: 'hello' } })
  })

  test('a binary frame closes with 1003, an oversize one with 1009', async t => {
    const { replica, ann, bob, id } = await conversation(t)
    const binary = await replica.listen(ann, id)
    binary.socket.send(Buffer.from('{"type":"ping"}'))
    assert.equal((await binary.socket.closed).code, 1003)
    const large = await replica.listen(ann, id)
    large.socket.send(`"${'x'.repeat(maxFrameBytes)}"`)
    assert.equal((await large.socket.closed).code, 1009)
    const whole = await replica.listen(bob, id)
    whole.socket.send(`"${'x'.repeat(maxFrameBytes - 2)}"`)
    await whole.socket.expectPush('error', { code: 'invalid_event' })
  })

  const raw: [name: string, bytes: Buffer, code: number][] = [
    ['invalid UTF-8', masked(0x81, Buffer.from([0xff, 0xfe])), 1007],
    ['an unmasked frame', Buffer.from([0x81, 0x01, 0x61]), 1002],
    ['reserved bits', masked(0xf1, Buffer.from('a')), 1002],
    ['an unknown opcode', masked(0x83, Buffer.from('a')), 1002],
    ['an oversize length alone', Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0]), 1009],
    [
      'tiny fragments that never end',
      Buffer.concat([masked(0x01, Buffer.from('a')), ...Array(64).fill(masked(0x00, Buffer.from('a')))]),
      1008,
    ],
    ['a ping that is too long', masked(0x89, Buffer.alloc(126)), 1002],
  ]
  test('what breaks the protocol below is closed with its code', async t => {
    const { replica, ann, id } = await conversation(t)
    for (const [name, bytes, code] of raw) {
      const socket = await rawSocket(replica, ann, id)
      socket.write(bytes)
      assert.equal(await within(closeCodeOf(socket), 10_000, `${name} to be closed`), code, name)
      socket.destroy()
    }
    const { socket } = await replica.listen(ann, id)
    socket.send({ type: 'ping' })
    await socket.next('pong')
  })
})

/** A frame as a client sends it, masked with zeros. */
function masked(firstByte: number, payload: Buffer): Buffer {
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 0xff]
  return Buffer.concat([Buffer.from([firstByte, ...length, 0, 0, 0, 0]), payload])
}

async function rawSocket({ address }: Replica, { token }: Person, id: number): Promise<Socket> {
  const { hostname: host, port } = new URL(address)
  const socket = connectTcp({ host, port: Number(port) })
  socket.write(
    `GET /ws/chat/${id}/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nUpgrade: websocket\r\n` +
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(socket, 'readable')
  return socket
}

/** The code of the first close frame; before it, text frames below 64 KiB. */
async function closeCodeOf(socket: Socket): Promise<number> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer])
    const code = findClose(bytes.subarray(Math.max(0, bytes.indexOf('\r\n\r\n') + 4)))
    if (code !== undefined) return code
  }
  throw new Error('no close frame came')
}

function findClose(bytes: Buffer): number | undefined {
  for (let at = 0; at + 4 <= bytes.length; ) {
    if (bytes[at] === 0x88) return bytes.readUInt16BE(at + 2)
    const isLong = bytes[at + 1] === 126
    at += isLong ? 4 + bytes.readUInt16BE(at + 2) : 2 + bytes[at + 1]!
  }
  return undefined
}
