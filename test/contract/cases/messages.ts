// Messages and conversations over REST: sections 1 and 2 of the contract, call by call.
import assert from 'node:assert/strict'
import type { Check } from '../contract-suite.ts'

const texts: [name: string, content: string][] = [
  ['Persian with a joiner', 'می‌خواهم بنویسم'],
  ['harakat', 'اَلسَّلامُ عَلَيْكُم'],
  ['combining marks, not normalised', 'e\u0301 é \u1e9b\u0323'],
  ['families and flags', '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽'],
  ['spaces and line ends', '  spaces and\r\nlines\tstay \u200e\u200f\u2028 '],
  ['controls', '\u0001\u001f\u007f\ufeff\u{10ffff}'],
  ['quotes', `"quoted" \\ 'single' \`; drop table messages; -- %s $1 \\u0000`],
  ['10,000 emoji', '😀'.repeat(10_000)],
]

export function messageCases(check: Check): void {
  check('a message to a person makes the conversation, and is answered whole', async stage => {
    const [ann, bob] = stage.pair()
    const sent = { content: 'سلام 👋', recipient_id: bob.id }
    const message = await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', sent)
    assert.deepEqual(
      [message.sender.id, message.content, message.is_read, message.is_edited, message.is_deleted, message.seq],
      [ann.id, sent.content, false, false, false, 1],
    )
    assert.deepEqual(await bob.rest.expect(200, 'Message', 'GET', `/api/messages/${message.id}/`), message)
  })

  check('both ways between two people lead into one conversation, also at once', async stage => {
    const [ann, bob] = stage.pair()
    const posts = Array.from({ length: 8 }, (_, n) => {
      const [from, to] = n % 2 === 0 ? [ann, bob] : [bob, ann]
      return from.rest.expect(201, 'Message', 'POST', '/api/messages/', { content: `${n}`, recipient_id: to.id })
    })
    const sent = await Promise.all(posts)
    assert.equal(new Set(sent.map(message => message.conversation)).size, 1)
    assert.deepEqual(
      sent.map(message => message.seq).toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8],
    )
  })

  check('conversation_id stands in place of recipient_id', async stage => {
    const { bob, id } = await stage.talk()
    const sent = { content: 'two', conversation_id: id }
    const second = await bob.rest.expect(201, 'Message', 'POST', '/api/messages/', sent)
    assert.deepEqual([second.conversation, second.seq], [id, 2])
  })

  check('a conversation says who is in it and what was said last', async stage => {
    const { ann, bob, first, path } = await stage.talk()
    const mine = await ann.rest.expect(200, 'Conversation', 'GET', path)
    assert.deepEqual(mine.last_message, first)
    assert.deepEqual(mine.participants.map((user: { id: number }) => user.id).sort(), [ann.id, bob.id].sort())
    assert.deepEqual([mine.title, mine.last_seq, mine.unread_count], [null, 1, 0])
    assert.deepEqual(await bob.rest.expect(200, 'Conversation', 'GET', path), { ...mine, unread_count: 1 })
  })

  check("the list is one's own, the most recently active first, page by page", async stage => {
    const ann = await stage.person('ann')
    const others = [await stage.person('bob'), await stage.person('cem')]
    const ids: number[] = []
    for (const other of [...others, others[0]!]) {
      const sent = { content: 'hello', recipient_id: other.id }
      ids.push((await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', sent)).conversation)
    }
    const listed = async (query: string) => {
      const list = await ann.rest.expect(200, 'Conversation[]', 'GET', `/api/conversations/${query}`)
      return list.map(({ id }: { id: number }) => id)
    }
    assert.deepEqual(await listed(''), [ids[0], ids[1]])
    assert.deepEqual(await listed('?limit=1'), [ids[0]])
    assert.deepEqual(await listed(`?before=${ids[0]}`), [ids[1]])
  })

  for (const method of ['PUT', 'PATCH']) {
    check(`${method} changes the text and takes a number, and none where nothing changed`, async stage => {
      const { ann, first } = await stage.talk()
      const path = `/api/messages/${first.id}/`
      const edited = await ann.rest.expect(200, 'Message', method, path, { content: 'changed' })
      assert.deepEqual(edited, { ...first, content: 'changed', is_edited: true, changed_seq: 2 })
      assert.deepEqual(await ann.rest.expect(200, 'Message', method, path, { content: 'changed' }), edited)
    })
  }

  check('DELETE empties the message for everybody; a second time is 204 too', async stage => {
    const { ann, bob, first } = await stage.talk()
    const path = `/api/messages/${first.id}/`
    await ann.rest.expect(204, null, 'DELETE', path)
    await ann.rest.expect(204, null, 'DELETE', path)
    for (const { rest } of [ann, bob]) {
      const deleted = await rest.expect(200, 'Message', 'GET', path)
      assert.deepEqual(deleted, { ...first, content: '', is_deleted: true, changed_seq: 2 })
    }
    await ann.rest.refuse('message_deleted', 'PATCH', path, { content: 'again' })
  })

  check('the same paths without the last slash answer the same', async stage => {
    const { ann, id, first } = await stage.talk()
    await ann.rest.expect(200, 'Conversation[]', 'GET', '/api/conversations')
    await ann.rest.expect(200, 'Conversation', 'GET', `/api/conversations/${id}`)
    await ann.rest.expect(200, 'MessagePage', 'GET', `/api/conversations/${id}/messages`)
    await ann.rest.expect(200, 'Message', 'GET', `/api/messages/${first.id}`)
  })

  check('HEAD is GET without the body', async stage => {
    const { ann, path } = await stage.talk()
    const [head, get] = [await ann.rest.call('HEAD', path), await ann.rest.call('GET', path)]
    assert.deepEqual([head.status, head.bytes.length], [200, 0])
    assert.equal(head.headers.get('content-length'), get.headers.get('content-length'))
  })

  for (const [name, content] of texts) {
    check(`text comes back as it was sent: ${name}`, async stage => {
      const { ann, bob, id } = await stage.talk()
      const { socket } = await stage.listen(bob, id)
      const sent = await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', { content, conversation_id: id })
      assert.equal(sent.content, content)
      assert.equal((await bob.rest.expect(200, 'Message', 'GET', `/api/messages/${sent.id}/`)).content, content)
      assert.equal((await socket.next('new_message')).message.content, content)
    })
  }
}
