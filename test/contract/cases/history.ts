// The history of a conversation: pages, cursors, absolute URLs.
import assert from 'node:assert/strict'
import type { Body } from '../caller.ts'
import type { Check } from '../contract-suite.ts'
import type { Stage, Talk } from '../stage.ts'

const badNumbers = ['', '0', '-1', '01', '1.0', '1e1', '0x1', ' 1', '1;select', '9007199254740993', '١']
const badCursors = ['', 'x', '1', '../..', '%00', "' or 1=1 --", 'a'.repeat(1_000)]

export function historyCases(check: Check): void {
  check('it comes newest first, page by page, both ways, without a hole or a repeat', async stage => {
    const talk = await longTalk(stage, 6)
    const { bob } = talk.talk
    const get = (path: string) => bob.rest.expect(200, 'MessagePage', 'GET', path)
    const first = await get(`${talk.path}?limit=3`)
    assert.deepEqual([first.count, first.previous, first.last_seq], [7, null, 7])
    assert.deepEqual(first.results, talk.sent.slice(0, 3))
    const second = await get(pathOf(stage, first.next))
    assert.deepEqual(second.results, talk.sent.slice(3, 6))
    const third = await get(pathOf(stage, second.next))
    assert.deepEqual([third.results, third.next], [talk.sent.slice(6), null])
    assert.deepEqual((await get(pathOf(stage, third.previous))).results, talk.sent.slice(3, 6))
    assert.deepEqual((await get(pathOf(stage, second.previous))).results, talk.sent.slice(0, 3))
  })

  check('what is posted while somebody pages neither repeats nor hides a message', async stage => {
    const { talk, sent, path } = await longTalk(stage, 3)
    const first = await talk.bob.rest.expect(200, 'MessagePage', 'GET', `${path}?limit=2`)
    await post(talk, 'in between')
    const second = await talk.bob.rest.expect(200, 'MessagePage', 'GET', pathOf(stage, first.next))
    assert.deepEqual([...first.results, ...second.results], sent)
  })

  check('a page has 50 messages unless asked otherwise; deleted ones are counted, and are empty', async stage => {
    const { talk, path } = await longTalk(stage, 50)
    await talk.ann.rest.expect(204, null, 'DELETE', `/api/messages/${talk.first.id}/`)
    const page = await talk.bob.rest.expect(200, 'MessagePage', 'GET', path)
    assert.deepEqual([page.count, page.results.length, page.last_seq], [51, 50, 52])
    const { results } = await talk.bob.rest.expect(200, 'MessagePage', 'GET', pathOf(stage, page.next))
    assert.deepEqual(
      results.map(({ id, content, is_deleted }: Body) => ({ id, content, is_deleted })),
      [{ id: talk.first.id, content: '', is_deleted: true }],
    )
    const whole = await talk.bob.rest.expect(200, 'MessagePage', 'GET', `${path}?limit=100`)
    assert.equal(whole.results.length, 51)
  })

  check('a page and its conversation say the same epoch, and how far they go', async stage => {
    const { ann, path } = await stage.talk()
    const page = await ann.rest.expect(200, 'MessagePage', 'GET', `${path}messages/`)
    const conversation = await ann.rest.expect(200, 'Conversation', 'GET', path)
    assert.deepEqual([page.last_seq, page.epoch], [conversation.last_seq, conversation.epoch])
  })

  check('a limit is 1 to 100 and an id an id', async stage => {
    const { ann, path } = await stage.talk()
    for (const value of badNumbers.map(encodeURIComponent)) {
      await ann.rest.refuse('invalid_query', 'GET', `/api/conversations/?before=${value}`)
      await ann.rest.refuse('invalid_query', 'GET', `/api/conversations/?limit=${value}`)
      await ann.rest.refuse('invalid_query', 'GET', `${path}messages/?limit=${value}`)
    }
    await ann.rest.refuse('invalid_query', 'GET', `${path}messages/?limit=101`)
    await ann.rest.refuse('invalid_query', 'GET', `${path}messages/?limit=1&limit=2`)
  })

  check('a cursor is one that was given', async stage => {
    const { ann, path } = await stage.talk()
    for (const cursor of badCursors.map(encodeURIComponent))
      await ann.rest.refuse('invalid_cursor', 'GET', `${path}messages/?cursor=${cursor}`)
  })
}

/** A conversation with `more` messages after its first; newest first in `sent`, as a page has them. */
async function longTalk(stage: Stage, more: number) {
  const talk = await stage.talk()
  const sent: Body[] = [talk.first]
  for (let n = 1; n <= more; n++) sent.unshift(await post(talk, `${n}`))
  return { talk, sent, path: `${talk.path}messages/` }
}

function post({ ann, id }: Talk, content: string): Promise<Body> {
  return ann.rest.expect(201, 'Message', 'POST', '/api/messages/', { content, conversation_id: id })
}

/** Follows an absolute URL of an answer: it begins with the address that clients know, whoever answered. */
function pathOf({ url }: Stage, absolute: string | null): string {
  assert.ok(absolute?.startsWith(`${url}/api/conversations/`), `${absolute} does not begin with ${url}`)
  return absolute?.slice(url.length) ?? ''
}
