// Frames that no client should send: an error event or a close code of the contract, and nobody else hears of it.
import assert from 'node:assert/strict'
import { type ErrorCode, maxFrameBytes } from '@goftegu/protocol'
import type { Check } from '../contract-suite.ts'
import { slow } from '../stage.ts'

const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`

const frames: [why: string, frame: string, code: ErrorCode][] = [
  ['no JSON', 'hello', 'invalid_json'],
  ['half of JSON', '{"type":"ping"', 'invalid_json'],
  ['nothing', '', 'invalid_json'],
  ['an array', '[{"type":"ping"}]', 'invalid_event'],
  ['null', 'null', 'invalid_event'],
  ['no type', '{}', 'unknown_event'],
  ['an unknown type', '{"type":"new_message"}', 'unknown_event'],
  ['a type from the prototype', '{"type":"constructor"}', 'unknown_event'],
  ['deep arrays', deep, 'invalid_event'],
  ['deep content', `{"type":"chat_message","content":${deep}}`, 'invalid_event'],
  ['no content', '{"type":"chat_message"}', 'invalid_event'],
  ['content of another type', '{"type":"chat_message","content":5}', 'invalid_event'],
  ['blank content', '{"type":"chat_message","content":" \\n\\u3000"}', 'invalid_content'],
  ['NUL', '{"type":"chat_message","content":"a\\u0000b"}', 'invalid_content'],
  ['a lone surrogate', '{"type":"chat_message","content":"a\\ud800b"}', 'invalid_content'],
  ['too long a text', JSON.stringify({ type: 'chat_message', content: 'x'.repeat(10_001) }), 'invalid_content'],
  ["a client_id of the server's", '{"type":"chat_message","content":"a","client_id":"~a"}', 'invalid_client_id'],
  ['an empty client_id', '{"type":"chat_message","content":"a","client_id":""}', 'invalid_client_id'],
  ['a client_id that is a number', '{"type":"chat_message","content":"a","client_id":7}', 'invalid_event'],
  ['an id that is a string', '{"type":"delete_message","message_id":"1"}', 'invalid_event'],
  ['an id of 2^53+1', '{"type":"delete_message","message_id":9007199254740993}', 'invalid_event'],
  ['typing of another type', '{"type":"typing","is_typing":"yes"}', 'invalid_event'],
  ['a negative position', '{"type":"read","seq":-1}', 'invalid_event'],
]
/** More than any rate that a deployment would allow a socket in a moment. */
const floodFrames = 50_000

export function badFrameCases(check: Check): void {
  for (const [why, frame, code] of frames) {
    check(`a frame of ${why} is answered with ${code}, and the socket lives on`, async stage => {
      const { ann, bob, id, path } = await stage.talk()
      const [a, b] = [await stage.listen(ann, id), await stage.listen(bob, id)]
      a.socket.send(frame)
      const error = await a.socket.next('error', slow)
      assert.equal(error.code, code)
      assert.ok(error.detail.length > 10)
      a.socket.send({ type: 'ping' })
      await a.socket.next('pong', slow)
      assert.equal((await ann.rest.expect(200, 'Conversation', 'GET', path)).last_seq, 1)
      b.socket.send({ type: 'ping' })
      await b.socket.next('pong', slow)
      assert.ok(!b.socket.frames.join().includes('"error"'))
    })
  }

  check('an error names the client_id; fields that are not known are ignored', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    socket.send({ type: 'chat_message', content: '', client_id: 'k1' })
    await socket.expectPush('error', { code: 'invalid_content', client_id: 'k1' }, slow)
    socket.send('{"type":"chat_message","content":"hello","colour":"red","__proto__":{"isStaff":true}}')
    await socket.expectPush('new_message', { message: { content: 'hello' } }, slow)
  })

  check('a binary frame closes with 1003', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    socket.send(Buffer.from('{"type":"ping"}'))
    assert.equal((await socket.closed).code, 1003)
  })

  check('a frame over 128 KiB closes with 1009; one of 128 KiB does not', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    socket.send(`"${'x'.repeat(maxFrameBytes - 2)}"`)
    await socket.expectPush('error', { code: 'invalid_event' }, slow)
    socket.send(`"${'x'.repeat(maxFrameBytes)}"`)
    assert.equal((await socket.closed).code, 1009)
  })

  check('text that is not UTF-8 closes with 1007', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    socket.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    assert.equal((await socket.closed).code, 1007)
  })

  check('flooding is answered with rate_limited, and closed with 4429', async stage => {
    const { ann, id } = await stage.talk()
    const { socket } = await stage.listen(ann, id)
    for (let n = 0; n < floodFrames && socket.socket.readyState === socket.socket.OPEN; n++) {
      socket.send({ type: 'ping' })
      if (n % 500 === 499) await new Promise(resolve => setImmediate(resolve))
    }
    const error = await socket.next('error')
    assert.equal(error.code, 'rate_limited')
    assert.ok(error.retry_after! > 0)
    assert.equal((await socket.closed).code, 4429)
  })
}
