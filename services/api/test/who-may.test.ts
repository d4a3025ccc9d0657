// Who may do what over REST: every route, for each kind of person.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Attachment, Message } from '@goftegu/protocol'
import type { Client } from './client.ts'
import { fileForm, sampleFiles } from './sample-files.ts'
import { publicUrl, startApi } from './start-api.ts'

const api = await startApi({ after })
const [ann, bob, stranger] = [await api.person('ann'), await api.person('bob'), await api.person('stranger')]
const people = {
  anybody: api.anybody,
  stranger,
  participant: bob,
  sender: ann,
  staff: await api.person('staff', { is_staff: true }),
}
type Row = [call: string, body: unknown, ...statuses: number[]]

/** `C`, `M`, `A`: the conversation, Ann's message in it, and its attachment, made anew for each call. */
const table: Row[] = [
  //                                                       anybody, stranger, participant, sender, staff
  ['GET /api/conversations/', undefined, 401, 200, 200, 200, 200],
  ['GET /api/conversations/C/', undefined, 401, 404, 200, 200, 200],
  ['GET /api/conversations/C/messages/', undefined, 401, 404, 200, 200, 200],
  ['POST /api/messages/', { content: 'x', recipient_id: 'R' }, 401, 201, 201, 201, 201],
  ['POST /api/messages/', { content: 'x', conversation_id: 'C' }, 401, 404, 201, 201, 201],
  ['GET /api/messages/M/', undefined, 401, 404, 200, 200, 200],
  ['PUT /api/messages/M/', { content: 'changed' }, 401, 404, 403, 200, 200],
  ['PATCH /api/messages/M/', { content: 'changed' }, 401, 404, 403, 200, 200],
  ['DELETE /api/messages/M/', undefined, 401, 404, 403, 204, 204],
  ['POST /api/conversations/C/messages/M/attachments/', 'a file', 401, 404, 403, 201, 201],
  ['GET /api/attachments/A/a.jpg', undefined, 401, 404, 200, 200, 200],
  ['POST /api/conversations/C/read/', { seq: 1 }, 401, 404, 204, 204, 204],
  ['GET /api/auth/me/', undefined, 401, 200, 200, 200, 200],
  ['GET /api/users/?search=ann', undefined, 401, 200, 200, 200, 200],
  ['GET /api/openapi.json', undefined, 200, 200, 200, 200, 200],
]

for (const [call, body, ...statuses] of table) {
  test(`${call} ${body === undefined ? '' : JSON.stringify(body)}`, async () => {
    for (const [i, [name, person]] of Object.entries(people).entries()) {
      const { status, before, after: now } = await attempt(person, call, body)
      assert.equal(status, statuses[i], name)
      if (status >= 400) assert.deepEqual(now, before, `a refusal changes nothing: ${name}`)
    }
  })
}

test('what is not there and what is not yours are told in the same words', async () => {
  const { conversation, id } = await fresh()
  const absent = 9_007_199_254_740_991
  for (const [yours, none] of [
    [`/api/conversations/${conversation}/`, `/api/conversations/${absent}/`],
    [`/api/conversations/${conversation}/messages/`, `/api/conversations/${absent}/messages/`],
    [`/api/messages/${id}/`, `/api/messages/${absent}/`],
  ] as const) {
    const [first, second] = [await stranger.call('GET', yours), await stranger.call('GET', none)]
    assert.deepEqual([first.status, first.body], [second.status, second.body])
  }
})

async function fresh(): Promise<Message> {
  const content = 'hers'
  const { id, conversation } = await ann.expect(201, Message, 'POST', '/api/messages/', {
    content,
    recipient_id: bob.user.id,
  })
  const raw = fileForm(sampleFiles.jpg, 'a.jpg')
  const path = `/api/conversations/${conversation}/messages/${id}/attachments/`
  await ann.expect(201, Attachment, 'POST', path, undefined, { raw })
  return ann.expect(200, Message, 'GET', `/api/messages/${id}/`)
}

/** Tries one row of the table; Ann's message before and after it. */
async function attempt(person: Client, call: string, body: unknown) {
  const before = await fresh()
  const [method = '', path = ''] = call.split(' ')
  const file = before.attachments[0]!.file.slice(publicUrl.length)
  const url = path
    .replace('/C/', `/${before.conversation}/`)
    .replace('/M/', `/${before.id}/`)
    .replace('/api/attachments/A/a.jpg', file)
  const isFile = body === 'a file'
  const values = JSON.stringify(body)
    ?.replace('"C"', String(before.conversation))
    .replace('"R"', String(person === bob ? ann.user.id : bob.user.id))
  const { status } = await person.call(method, url, isFile || !values ? undefined : JSON.parse(values), {
    ...(isFile && { raw: fileForm(sampleFiles.png, 'b.png') }),
  })
  return { status, before, after: await ann.expect(200, Message, 'GET', `/api/messages/${before.id}/`) }
}
