// Who may not, and what is not there: status, code, and that nothing changed.
import assert from 'node:assert/strict'
import type { ErrorCode } from '@goftegu/protocol'
import type { Check } from '../contract-suite.ts'

/** `C`, `M`: the conversation and Ann's message in it. */
const guarded: [call: string, body: object | undefined, stranger: ErrorCode, participant?: ErrorCode][] = [
  ['GET /api/conversations/C/', undefined, 'conversation_not_found'],
  ['GET /api/conversations/C/messages/', undefined, 'conversation_not_found'],
  ['POST /api/messages/', { content: 'x', conversation_id: 'C' }, 'conversation_not_found'],
  ['GET /api/messages/M/', undefined, 'message_not_found'],
  ['PUT /api/messages/M/', { content: 'changed' }, 'message_not_found', 'forbidden'],
  ['PATCH /api/messages/M/', { content: 'changed' }, 'message_not_found', 'forbidden'],
  ['DELETE /api/messages/M/', undefined, 'message_not_found', 'forbidden'],
  ['POST /api/conversations/C/read/', { seq: 1 }, 'conversation_not_found'],
]

const posts: [why: string, body: object, code: ErrorCode][] = [
  ['both recipient and conversation', { content: 'x', recipient_id: 1, conversation_id: 1 }, 'invalid_request'],
  ['neither of them', { content: 'x' }, 'invalid_request'],
  ['an unknown recipient', { content: 'x', recipient_id: 999_999_999 }, 'user_not_found'],
  ['an unknown conversation', { content: 'x', conversation_id: 999_999_999 }, 'conversation_not_found'],
  ['an id as text', { content: 'x', recipient_id: '5' }, 'invalid_request'],
  ['an id that is no integer', { content: 'x', recipient_id: 5.5 }, 'invalid_request'],
  ['an id of 0', { content: 'x', conversation_id: 0 }, 'invalid_request'],
  ['no content', { recipient_id: 1 }, 'invalid_request'],
  ['content of another type', { content: 5, recipient_id: 1 }, 'invalid_request'],
]

const contents: [why: string, content: string][] = [
  ['nothing', ''],
  ['blanks alone', ' \n\u3000'],
  ['NUL', 'a\0b'],
  ['a lone surrogate', 'a\ud800b'],
  ['10,001 letters', 'x'.repeat(10_001)],
]

export function refusalCases(check: Check): void {
  for (const [call, body, stranger, participant] of guarded) {
    check(
      `${call} without a login is 401, for a stranger 404${participant ? ', for a participant 403' : ''}`,
      async stage => {
        const { ann, bob, id, first } = await stage.talk()
        const [method = '', path = ''] = call.replace('/C/', `/${id}/`).replace('/M/', `/${first.id}/`).split(' ')
        const sent = body && JSON.parse(JSON.stringify(body).replace('"C"', `${id}`))
        const [eve] = await strangers(stage, ann.id, bob.id)
        await stage.anybody.refuse('not_authenticated', method, path, sent)
        await eve!.rest.refuse(stranger, method, path, sent)
        if (participant) await bob.rest.refuse(participant, method, path, sent)
        const conversation = await ann.rest.expect(200, 'Conversation', 'GET', `/api/conversations/${id}/`)
        assert.deepEqual(conversation.last_message, first, 'a refusal changes nothing')
      },
    )
  }

  check('what is not there and what is not yours are told in the same words', async stage => {
    const { ann, bob, id, first } = await stage.talk()
    const [eve] = await strangers(stage, ann.id, bob.id)
    for (const [yours, none] of [
      [`/api/conversations/${id}/`, '/api/conversations/9007199254740991/'],
      [`/api/messages/${first.id}/`, '/api/messages/9007199254740991/'],
    ] as const) {
      const [there, absent] = [await eve!.rest.call('GET', yours), await eve!.rest.call('GET', none)]
      assert.deepEqual([there.status, there.body], [absent.status, absent.body])
    }
  })

  for (const [why, body, code] of posts) {
    check(`a post with ${why} is refused with ${code}`, async stage => {
      const [ann] = stage.pair()
      await ann.rest.refuse(code, 'POST', '/api/messages/', body)
    })
  }

  check('nobody writes to oneself', async stage => {
    const [ann] = stage.pair()
    await ann.rest.refuse('recipient_is_self', 'POST', '/api/messages/', { content: 'x', recipient_id: ann.id })
  })

  for (const [why, content] of contents) {
    check(`a message of ${why} is refused, posted and edited`, async stage => {
      const { ann, id, first } = await stage.talk()
      await ann.rest.refuse('invalid_content', 'POST', '/api/messages/', { content, conversation_id: id })
      await ann.rest.refuse('invalid_content', 'PATCH', `/api/messages/${first.id}/`, { content })
    })
  }

  const ids = ['0', '01', '-1', '1.0', 'x', '9007199254740993', '%00', "1'or'1", '%20', '٣']
  check('an id in a path that is none is 404', async stage => {
    const [ann] = stage.pair()
    for (const id of ids) {
      await ann.rest.refuse('conversation_not_found', 'GET', `/api/conversations/${encodeURI(id)}/`)
      await ann.rest.refuse('message_not_found', 'GET', `/api/messages/${encodeURI(id)}/`)
    }
  })
}

/** People of the cast who are neither of these. */
async function strangers(stage: Parameters<Parameters<Check>[1]>[0], ...not: number[]) {
  for (;;) {
    const free = stage.pair().filter(({ id }) => !not.includes(id))
    if (free.length > 0) return free
  }
}
