// Opening a socket, and every way in which that is refused before the upgrade.
import assert from 'node:assert/strict'
import { type ErrorCode, errorTable } from '@goftegu/protocol'
import { UpgradeRefused } from '@goftegu/testkit'
import { assertRefusal, codeOf } from '../caller.ts'
import type { Check } from '../contract-suite.ts'
import { type Person, slow } from '../stage.ts'

const noLogin: [why: string, headers: (person: Person) => Record<string, string>, code: ErrorCode][] = [
  ['no login', () => ({}), 'not_authenticated'],
  ['a cookie that is none', () => ({ cookie: 'sessionid=nonsense' }), 'not_authenticated'],
  ['a token that is none', () => ({ authorization: 'Bearer nonsense' }), 'not_authenticated'],
  ['a wrong token beside a good cookie', ({ cookie }) => ({ cookie, authorization: 'Bearer x' }), 'not_authenticated'],
  ['a foreign origin', ({ cookie }) => ({ cookie, origin: 'https://evil.example' }), 'foreign_origin'],
  ['origin null', ({ cookie }) => ({ cookie, origin: 'null' }), 'foreign_origin'],
  ['a cross-site fetch', ({ cookie }) => ({ cookie, 'sec-fetch-site': 'cross-site' }), 'foreign_origin'],
]

const wrongIds = ['0', '01', '-1', '1.0', 'x', '9007199254740993', '999999999', '%00', "1'or'1"]

export function upgradeCases(check: Check): void {
  check('ready is the first frame: where the socket stands, who one is, how often to ping', async stage => {
    const { ann, bob, id, path } = await stage.talk()
    const { epoch } = await ann.rest.expect(200, 'Conversation', 'GET', path)
    const socket = await stage.open(bob, id)
    const user = { id: bob.id, username: bob.username, profile_picture: null }
    const ready = await socket.next(undefined, slow)
    assert.deepEqual(ready, { type: 'ready', seq: 1, epoch, user, heartbeat: 25 })
    await socket.expectPush('read_updated', { user_id: ann.id, read_seq: 1 }, slow)
  })

  check('a browser opens it with its cookie and its own origin', async stage => {
    const { ann, id } = await stage.talk()
    const socket = await stage.connect(`/ws/chat/${id}/`, { headers: { cookie: ann.cookie, origin: stage.url } })
    await socket.next('ready', slow)
  })

  check('the path without its last slash opens it too', async stage => {
    const { ann, id } = await stage.talk()
    const socket = await stage.connect(`/ws/chat/${id}`, { headers: { authorization: `Bearer ${ann.token}` } })
    await socket.next('ready', slow)
  })

  for (const [why, headersOf, code] of noLogin) {
    check(`${why} is ${errorTable[code].status} before the upgrade`, async stage => {
      const { ann, id } = await stage.talk()
      await refused(stage.connect(`/ws/chat/${id}/`, { headers: headersOf(ann) }), code)
    })
  }

  check('a stranger hears 404, as of a conversation that is not there', async stage => {
    const { id } = await stage.talk()
    const eve = await stage.person('eve')
    await refused(stage.open(eve, id), 'conversation_not_found')
    await refused(stage.open(eve, 999_999_999), 'conversation_not_found')
  })

  for (const id of wrongIds) {
    check(`/ws/chat/${id}/ is 404`, async stage => {
      const [ann] = stage.pair()
      await refused(stage.open(ann, id), 'conversation_not_found')
    })
  }

  for (const path of ['/ws/', '/ws/chat/', '/ws/nothing/']) {
    check(`${path} is 404`, async stage => {
      const [ann] = stage.pair()
      await refused(stage.connect(path, { headers: { authorization: `Bearer ${ann.token}` } }), 'not_found')
    })
  }

  check('without an upgrade it is 426', async stage => {
    const { ann, id } = await stage.talk()
    await ann.rest.refuse('upgrade_required', 'GET', `/ws/chat/${id}/`)
  })

  check('broken percent-encoding is 400', async stage => {
    const [ann] = stage.pair()
    await refused(stage.open(ann, '%ff'), 'invalid_url')
  })
}

async function refused(opened: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await opened.then(
    () => assert.fail('it opened'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof UpgradeRefused, String(error))
  const body: unknown = JSON.parse(error.body)
  assertRefusal({ status: error.status, body }, 'the upgrade')
  assert.equal(codeOf(body), code)
}
