// What one replica does and the others must hear of, with Redis and without.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import type { Message, User } from '@goftegu/protocol'
import { connect, eventually, privateRedis, type SocketClient, within } from '@goftegu/testkit'
import { inReverse } from './replicas/in-reverse.ts'
import { type Installation, startInstallation } from './replicas/installation.ts'
import { addPeople, type Person } from './replicas/people.ts'
import { Rest } from './replicas/rest.ts'

/** With Redis away PostgreSQL is asked (reliability.md, "Faults"). */
const withoutRedisMs = 1_500

suite('between replicas', () => {
  test('logging out at the API closes the sockets on both gateways with 4401, and no other', async t => {
    const installation = await startInstallation(inReverse(t))
    const { apiUrl } = installation
    const [ann, bob] = [await register(apiUrl, 'ann'), await register(apiUrl, 'bob')]
    const conversationId = await talk(installation, ann, bob)
    const sockets = await openBoth(installation, ann, conversationId)
    const [other] = await openBoth(installation, bob, conversationId)
    const { status } = await new Rest(apiUrl, ann.token).call('POST', '/api/auth/logout/')
    assert.equal(status, 204)
    const closings = await within(Promise.all(sockets.map(socket => socket.closed)), 2_000, 'both sockets to close')
    assert.deepEqual(
      closings.map(({ code }) => code),
      [4401, 4401],
    )
    other.send({ type: 'ping' })
    await other.next('pong')
    const url = `${installation.gateways[0]!.url}/ws/chat/${conversationId}/`
    await assert.rejects(connect(url, { headers: bearer(ann) }), { status: 401 })
  })

  test('what is posted while Redis is away, and after it is back, reaches both gateways', async t => {
    const life = inReverse(t)
    const redis = await privateRedis(life)
    const installation = await startInstallation(life, { redis: { url: redis.url, prefix: 'here:' } })
    const [ann, bob] = await addPeople(installation.database, ['ann', 'bob'])
    const conversationId = await talk(installation, ann!, bob!)
    const sockets = await openBoth(installation, bob!, conversationId)
    const say = (content: string) => hearOnBoth(t, installation, ann!, conversationId, sockets, content)
    await say('with Redis')
    await redis.stop()
    await say('just after it stopped')
    await say('while it is away')
    await redis.startAgain()
    await say('just after it started')
    await Promise.all(installation.gateways.map(({ url }) => untilRedisIsHeard(url)))
    await say('when it is back')
    const seqs = sockets.map(socket =>
      socket.frames.map(frame => JSON.parse(frame)).flatMap(({ type, seq }) => (type === 'new_message' ? [seq] : [])),
    )
    assert.deepEqual(seqs, [
      [2, 3, 4, 5, 6],
      [2, 3, 4, 5, 6],
    ])
  })
})

/** Posts through the API, and waits until the sockets on both gateways have it, each within the time without Redis. */
async function hearOnBoth(
  t: TestContext,
  { apiUrl }: Installation,
  { token }: Person,
  conversation_id: number,
  sockets: SocketClient[],
  content: string,
): Promise<void> {
  const beganMs = performance.now()
  const { status, body } = await new Rest(apiUrl, token).call('POST', '/api/messages/', { conversation_id, content })
  assert.equal(status, 201, JSON.stringify(body))
  const { seq } = body as Message
  const ms = withoutRedisMs - (performance.now() - beganMs)
  await Promise.all(sockets.map(socket => socket.expectPush('new_message', { seq, message: { content } }, { ms })))
  t.diagnostic(`${content}: heard on both gateways ${Math.round(performance.now() - beganMs)} ms after it was posted`)
}

/** `/readyz` says of each replica how it stands with Redis. */
async function untilRedisIsHeard(url: string): Promise<void> {
  const isHeard = async () => {
    const { checks } = (await (await fetch(`${url}/readyz`)).json()) as { checks: { redis: string } }
    return checks.redis === 'ok'
  }
  await eventually(isHeard, { ms: 10_000, what: `${url} to hear Redis` })
}

/** A socket on each gateway, past its `ready`. */
async function openBoth({ gateways }: Installation, person: Person, conversationId: number) {
  const open = async (url: string) => {
    const socket = await connect(`${url}/ws/chat/${conversationId}/`, { headers: bearer(person) })
    await socket.next('ready')
    return socket
  }
  return [await open(gateways[0]!.url), await open(gateways[1]!.url)] as const satisfies SocketClient[]
}

/** The direct conversation of two people, begun with one message; answers its id. */
async function talk({ apiUrl }: Installation, from: Person, to: Person): Promise<number> {
  const message = { content: 'first', recipient_id: to.id }
  const { status, body } = await new Rest(apiUrl, from.token).call('POST', '/api/messages/', message)
  assert.equal(status, 201, JSON.stringify(body))
  return (body as Message).conversation
}

async function register(apiUrl: string, username: string): Promise<Person> {
  const { status, body } = await new Rest(apiUrl, '').call('POST', '/api/auth/register/', {
    username,
    password: 'correct horse',
    token: true,
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body as User & { token: string }
}

function bearer({ token }: Person) {
  return { authorization: `Bearer ${token}` }
}
