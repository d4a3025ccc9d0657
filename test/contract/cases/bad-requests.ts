// What is hardly a request: the answer is JSON with a detail and a code all the same, whatever stands in between.
import assert from 'node:assert/strict'
import { type ErrorCode, errorTable } from '@goftegu/protocol'
import { openSocket, rawRequest } from '@goftegu/testkit'
import { assertRefusal, codeOf } from '../caller.ts'
import type { Check } from '../contract-suite.ts'

const json = { 'content-type': 'application/json' }

const bodies: [why: string, raw: string | Uint8Array<ArrayBuffer>, code: ErrorCode][] = [
  ['cut JSON', '{"content":"x"', 'invalid_json'],
  ['two values', '{}{}', 'invalid_json'],
  ['NaN', '{"content":NaN}', 'invalid_json'],
  ['no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'invalid_json'],
  ['__proto__', '{"content":"x","__proto__":{"is_staff":true}}', 'invalid_json'],
  ['nothing', '', 'invalid_request'],
  ['a list', '[]', 'invalid_request'],
  ['null', 'null', 'invalid_request'],
  ['10,000 lists deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'invalid_request'],
  ['an id of 1e400', '{"content":"x","recipient_id":1e400}', 'invalid_request'],
  ['an id of 2^53+1', '{"content":"x","recipient_id":9007199254740993}', 'invalid_request'],
  ['300 kB', `{"content":"${'x'.repeat(300_000)}"}`, 'body_too_large'],
]

const http = (line: string, ...headers: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`
/** A load balancer in front may refuse what is no HTTP, or too large, before we see it: then in the general words. */
const requests: [why: string, text: string, codes: ErrorCode[]][] = [
  ['broken percent-encoding', http('GET /api/messages/%ff%zz/'), ['invalid_url']],
  ['an unknown route', http('GET /api/nothing/'), ['not_found']],
  ['a path that climbs', http('GET /../../etc/passwd'), ['not_found']],
  ['a method that is not there', http('DELETE /api/conversations/'), ['not_found']],
  ['OPTIONS', http('OPTIONS /api/messages/'), ['not_found']],
  ['a token that is none', http('GET /api/conversations/', 'Authorization: Bearer %00'), ['not_authenticated']],
  ['a cookie of noise', http('GET /api/conversations/', 'Cookie: sessionid=%00;sessionid=%ff'), ['not_authenticated']],
  [
    'headers of 20 kB',
    http('GET /api/messages/1/', `X: ${'x'.repeat(20_000)}`),
    ['headers_too_large', 'invalid_request'],
  ],
]

/** No client speaks so. A load balancer may answer in words of its own (HAProxy before 3.2: haproxy/haproxy#3032). */
const noRequests: [why: string, text: string][] = [
  ['what is no HTTP', 'hello\r\n\r\n'],
  ['a length that is none', http('POST /api/messages/', 'Content-Length: -1')],
  ['two lengths', http('POST /api/messages/', 'Content-Length: 5', 'Content-Length: 6')],
]

const strings: Record<string, string> = {
  SQL: `'; drop table messages; --`,
  'CR and LF': 'a\r\nSet-Cookie: x=y\r\n\r\n<html>',
  NUL: 'a\0b',
  'a path': '../../../../etc/passwd',
  'a long text': 'x'.repeat(5_000),
  'a format': '%s%n%x',
}

export function badRequestCases(check: Check): void {
  for (const [why, raw, code] of bodies) {
    check(`a body of ${why} is refused with ${code}`, async stage => {
      const [ann] = stage.pair()
      await ann.rest.refuse(code, 'POST', '/api/messages/', undefined, { raw, headers: json })
    })
  }

  check('a body of another type is 415 or 400', async stage => {
    const { ann, id } = await stage.talk()
    const raw = `{"content":"x","conversation_id":${id}}`
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'x']) {
      const { status } = await ann.rest.call('POST', '/api/messages/', undefined, {
        raw,
        headers: { 'content-type': type },
      })
      assert.ok(status === 415 || status === 400, `${type}: ${status}`)
    }
  })

  for (const [why, text, codes] of requests) {
    check(`${why} is answered in JSON with ${codes.join(' or ')}`, async stage => {
      const answer = await rawRequest(stage.url, text)
      assertRefusal(answer, why)
      assert.ok((codes as string[]).includes(codeOf(answer.body)), `${answer.status} ${JSON.stringify(answer.body)}`)
      assert.ok(codeOf(answer.body) in errorTable)
    })
  }

  for (const [why, text] of noRequests) {
    check(`${why} is 400`, async stage => {
      const { status, text: answer, body } = await rawRequest(stage.url, text)
      assert.equal(status, 400)
      if (!/^content-type: application\/json/im.test(answer)) return
      assertRefusal({ status, body }, why)
      assert.equal(codeOf(body), 'invalid_request')
    })
  }

  for (const [why, text] of Object.entries(strings)) {
    check(`${why} in paths and queries is refused`, async stage => {
      const { ann, path } = await stage.talk()
      const value = encodeURIComponent(text)
      for (const target of [
        `/api/conversations/${value}`,
        `/api/messages/${value}`,
        `/api/attachments/${value}/a.jpg`,
      ]) {
        const { status } = await ann.rest.call('GET', target)
        assert.equal(status, 404, target)
      }
      await ann.rest.refuse('invalid_query', 'GET', `/api/conversations/?before=${value}`)
      await ann.rest.refuse('invalid_cursor', 'GET', `${path}messages/?cursor=${value}`)
      await ann.rest.expect(200, 'MessagePage', 'GET', `${path}messages/?unknown=${value}`)
    })
  }

  check('a body that is cut off changes nothing', async stage => {
    const { ann, id, first, path } = await stage.talk()
    const body = JSON.stringify({ content: 'never whole', conversation_id: id })
    const head = http(
      'POST /api/messages/',
      `Authorization: Bearer ${ann.token}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    )
    const socket = openSocket(stage.url, head + body.slice(0, -5))
    await new Promise(resolve => socket.once('connect', resolve))
    socket.destroy()
    const conversation = await ann.rest.expect(200, 'Conversation', 'GET', path)
    assert.deepEqual(conversation.last_message, first)
  })
}
