// Coming back with since and epoch, to whichever gateway: everything that was missed, in order, then live.
import assert from 'node:assert/strict'
import type { SocketClient } from '@goftegu/testkit'
import type { Check } from '../contract-suite.ts'
import { type Stage, slow, type Talk } from '../stage.ts'

const unresumable: [why: string, query: (epoch: string) => string][] = [
  ['since without epoch', () => '?since=1'],
  ['another epoch', () => '?since=1&epoch=0000000000000000'],
  ['a number above the head', epoch => `?since=999999&epoch=${epoch}`],
  ['a leading zero', epoch => `?since=01&epoch=${epoch}`],
  ['a negative number', epoch => `?since=-1&epoch=${epoch}`],
  ['too large a number', epoch => `?since=9007199254740993&epoch=${epoch}`],
  ['since twice', epoch => `?since=1&since=1&epoch=${epoch}`],
  ['an empty since', epoch => `?since=&epoch=${epoch}`],
]
/** So often that every gateway of a few is asked. */
const everywhere = 6

export function resumeCases(check: Check): void {
  check('from the beginning: every change in order, on every gateway the same', async stage => {
    const { talk, epoch } = await eventful(stage)
    const replays: string[][] = []
    for (let n = 0; n < everywhere; n++) {
      const { socket, ready } = await stage.listen(talk.bob, talk.id, `?since=0&epoch=${epoch}`)
      assert.equal(ready.seq, 0)
      await socket.next('attachment_added', slow)
      replays.push(socket.frames.filter(frame => frame.includes('"seq"')).slice(1))
      assert.deepEqual(numbersOf(socket), [1, 2, 3, 4, 5, 6])
    }
    for (const replay of replays) assert.deepEqual(replay, replays[0])
  })

  check('from the middle: what came after it, then live, without a hole or a repeat', async stage => {
    const { talk, epoch } = await eventful(stage)
    const { socket, ready } = await stage.listen(talk.bob, talk.id, `?since=3&epoch=${epoch}`)
    assert.equal(ready.seq, 3)
    await post(talk, 'live')
    await socket.expectPush('new_message', { seq: 7 }, slow)
    assert.deepEqual(numbersOf(socket), [4, 5, 6, 7])
  })

  check('a deleted message is replayed empty, an edited one with its current text', async stage => {
    const { talk, epoch } = await eventful(stage)
    const { socket } = await stage.listen(talk.bob, talk.id, `?since=0&epoch=${epoch}`)
    await socket.next('attachment_added', slow)
    assert.ok(!socket.frames.join().includes('to be deleted'), 'the text of a deleted message is gone')
    assert.ok(!socket.frames.join().includes('"content":"first"'), 'and so is what an edit replaced')
    await socket.expectPush('new_message', { seq: 1, changed_seq: 2, message: { content: 'edited' } })
    await socket.expectPush('new_message', { seq: 3, message: { content: '' } })
    await socket.expectPush('message_deleted', { seq: 4 })
  })

  check('with the last_seq of a page or conversation one continues where that ended', async stage => {
    const { talk } = await eventful(stage)
    const page = await talk.bob.rest.expect(200, 'MessagePage', 'GET', `${talk.path}messages/`)
    await post(talk, 'after the page')
    const { socket } = await stage.listen(talk.bob, talk.id, `?since=${page.last_seq}&epoch=${page.epoch}`)
    await socket.expectPush('new_message', { seq: page.last_seq + 1 }, slow)
    assert.deepEqual(numbersOf(socket), [page.last_seq + 1])
  })

  check('cut without a word while others write: back with since, each number once', async stage => {
    const talk = await stage.talk()
    let { socket, ready } = await stage.listen(talk.bob, talk.id)
    const heard: number[] = []
    const writing = (async () => {
      for (let n = 0; n < 30; n++) await post(talk, `${n}`)
    })()
    while (heard.length < 30) {
      heard.push((await socket.next('new_message', slow)).seq)
      if (heard.length % 7 !== 0) continue
      socket.terminate()
      ;({ socket } = await stage.listen(talk.bob, talk.id, `?since=${heard.at(-1)}&epoch=${ready.epoch}`))
    }
    await writing
    assert.deepEqual(
      heard,
      Array.from({ length: 30 }, (_, n) => n + 2),
    )
  })

  for (const [why, query] of unresumable) {
    check(`${why} is answered with resync, and live events go on from there`, async stage => {
      const talk = await stage.talk()
      const { epoch } = await talk.ann.rest.expect(200, 'Conversation', 'GET', talk.path)
      const { socket, ready } = await stage.listen(talk.bob, talk.id, query(epoch))
      assert.deepEqual(await socket.next('resync', slow), { type: 'resync', seq: ready.seq, epoch })
      await post(talk, 'live')
      await socket.expectPush('new_message', { seq: ready.seq + 1 }, slow)
    })
  }
}

/** first (edited), one deleted, one plain, a file: six changes. */
async function eventful(stage: Stage): Promise<{ talk: Talk; epoch: string }> {
  const talk = await stage.talk()
  const { ann, first, path } = talk
  await ann.rest.expect(200, 'Message', 'PUT', `/api/messages/${first.id}/`, { content: 'edited' })
  const second = await post(talk, 'to be deleted')
  await ann.rest.expect(204, null, 'DELETE', `/api/messages/${second.id}/`)
  const third = await post(talk, 'plain')
  const form = new FormData()
  form.set('file', new Blob(['GIF89a\x01\x00\x01\x00\x00\x00\x00;']), 'a.gif')
  await ann.rest.expect(201, 'Attachment', 'POST', `${path}messages/${third.id}/attachments/`, form)
  const { epoch } = await ann.rest.expect(200, 'Conversation', 'GET', path)
  return { talk, epoch }
}

function post({ ann, id }: Talk, content: string) {
  return ann.rest.expect(201, 'Message', 'POST', '/api/messages/', { content, conversation_id: id })
}

/** The numbers of the events that a socket heard, in the order in which they came. */
function numbersOf({ frames }: SocketClient): number[] {
  const events = frames.map(frame => JSON.parse(frame) as { type: string; seq?: number })
  return events.flatMap(({ type, seq }) =>
    seq === undefined || ['ready', 'resync', 'accepted'].includes(type) ? [] : [seq],
  )
}
