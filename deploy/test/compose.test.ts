// docker-compose.yml brought up whole: what a client sees of it through the load balancer.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { connect, eventually, type SocketClient, within } from '@goftegu/testkit'
import { buildImages, type ImageNames } from './build-images.ts'
import { docker } from './docker.ts'
import { Person, registerOverTls } from './person.ts'
import { type Stack, startStack } from './stack.ts'

let images: ImageNames
before(
  async () => {
    images = await buildImages(['gateway', 'api'])
  },
  { timeout: 1_200_000 },
)

test('the stack of docker-compose.yml', { timeout: 900_000 }, async t => {
  const startedAt = performance.now()
  const stack = await startStack(t, images)
  t.diagnostic(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s from up to 2 API and 2 gateways in service`)
  const [ann, bob] = [await Person.register(stack.url), await Person.register(stack.url)]
  const first = await ann.post('/api/messages/', { recipient_id: bob.id, content: 'سلام' })
  const conversation = first.body.conversation as number

  await t.test('what is posted is heard through every gateway', async () => {
    await heardByAll(stack, ann, bob, conversation, 2)
  })

  await t.test('what the cluster asks of its replicas, nobody asks from outside', async () => {
    for (const path of ['/metrics', '/readyz', '/healthz', '/metrics/', '/%6detrics', '/readyz?a']) {
      const answer = await fetch(stack.url + path)
      assert.equal(answer.status, 404, path)
      assert.equal(((await answer.json()) as { code: string }).code, 'not_found')
    }
  })

  await t.test('a client that writes X-Forwarded-For does not choose its address', async () => {
    const { headers } = await ann.post('/api/messages/', { conversation_id: conversation, content: 'x' }, spoofed)
    const id = headers.get('x-request-id')
    const log = await stack.compose('logs', '--no-color', 'api')
    const line = log.split('\n').find(line => (id ? line.includes(id) : line.includes('"POST"')))
    assert.match(line ?? '', /"address":"/)
    assert.doesNotMatch(log, /203\.0\.113\.7/)
  })

  await t.test('deploy/roll.sh brings changed settings, and nobody hears of it but by 1012', async () => {
    const socket = await bob.listen(conversation)
    const before = [...(await stack.containers('gateway')), ...(await stack.containers('api'))]
    stack.change({ SOCKET_FRAMES_PER_SECOND: '11', REST_WRITES_PER_MINUTE: '1100' })
    const rolled = stack.roll()
    const [statuses, written] = await Promise.all([
      statusesDuring(rolled, ann),
      writtenDuring(rolled, ann, conversation),
      cameBack(socket, bob, conversation),
    ])
    assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]))
    t.diagnostic(`writes during roll.sh: ${written.contents.length}, answers ${JSON.stringify([...written.statuses])}`)
    assert.ok(written.contents.length > 20, `only ${written.contents.length} writes`)
    assert.deepEqual(
      [...written.statuses.keys()].filter(status => ![200, 201, 503].includes(status)),
      [],
    )
    assert.deepEqual(
      await contentsOf(ann, conversation, written.contents.length),
      written.contents,
      'each once, in order',
    )
    const after = [...(await stack.containers('gateway')), ...(await stack.containers('api'))]
    assert.deepEqual([after.length, after.filter(id => before.includes(id))], [4, []])
    const environments = await docker('inspect', '--format', '{{.Config.Env}}', ...after)
    assert.equal(environments.match(/SOCKET_FRAMES_PER_SECOND=11|REST_WRITES_PER_MINUTE=1100/g)?.length, 4)
    await stack.compose('up', '-d', '--no-build')
    assert.deepEqual([...(await stack.containers('gateway')), ...(await stack.containers('api'))], after)
    await heardByAll(stack, ann, bob, conversation, 2)
  })

  await t.test('deploy/roll.sh leaves what serves where the new one does not start', async () => {
    const before = await stack.containers('gateway')
    stack.change({ DRAIN_SECONDS: 'some' })
    await assert.rejects(stack.roll(), /DRAIN_SECONDS must be [\s\S]*does not start/)
    stack.change({ DRAIN_SECONDS: '10' })
    assert.deepEqual(await stack.containers('gateway'), before)
    await heardByAll(stack, ann, bob, conversation, 2)
  })

  await t.test('four gateways by --scale alone', async () => {
    await stack.compose('up', '-d', '--no-build', '--no-recreate', '--scale', 'gateway=4')
    await stack.serves({ apis: 2, gateways: 4 })
    await heardByAll(stack, ann, bob, conversation, 4)
  })

  await t.test('an API that is killed costs nobody a 5xx', async () => {
    const [killed = ''] = await stack.containers('api')
    const statuses = new Map<number, number>()
    let isKilled = false
    const ask = async () => {
      for (let after = 0; after < 100; after += isKilled ? 1 : 0) {
        const { status } = await fetch(`${stack.url}/api/conversations/`, { headers: ann.headers })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    const asking = Promise.all([ask(), ask(), ask(), ask()])
    await docker('kill', killed)
    isKilled = true
    await asking
    assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]))
    await docker('start', killed)
    await stack.serves({ apis: 2, gateways: 4 })
  })

  await t.test('without a gateway an upgrade hears the documented 503', async () => {
    await stack.compose('stop', 'gateway')
    await stack.serves({ apis: 2, gateways: 0 })
    const refused = await bob.listen(conversation).then(
      () => undefined,
      error => error,
    )
    assert.equal(refused?.status, 503)
    assert.equal(JSON.parse(refused.body).code, 'unavailable')
    assert.equal(refused.headers['retry-after'], '1')
    await stack.compose('start', 'gateway')
    await stack.serves({ apis: 2, gateways: 4 })
  })

  await t.test('over TLS, and only over it', async () => {
    await stack.composeWithTls('up', '-d', '--no-build', '--no-deps', 'balancer')
    await stack.serves({ apis: 2, gateways: 4 })
    const { status, cookie, hsts } = await registerOverTls(stack.tlsUrl, stack.authority)
    assert.equal(status, 201)
    assert.match(cookie, /; Secure/)
    assert.match(hsts, /^max-age=/)
    const url = `${stack.tlsUrl}/ws/chat/${conversation}/`
    const socket = await connect(url, { headers: bob.headers, ca: stack.authority, ms: 20_000 })
    socket.send({ type: 'chat_message', content: 'over TLS' })
    await socket.expectPush('new_message', {}, { ms: 20_000 })
    await socket.close()
    await assert.rejects(fetch(`${stack.url}/api/openapi.json`))
  })
})

const spoofed = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }

/** What somebody hears who asks without a pause until `work` is done: how often each status. */
async function statusesDuring(work: Promise<unknown>, person: Person): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let isDone = false
  const asking = (async () => {
    while (!isDone) {
      const { status } = await fetch(`${person.url}/api/conversations/`, { headers: person.headers })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  })()
  await work.finally(() => {
    isDone = true
  })
  await asking
  return statuses
}

type Written = { contents: string[]; statuses: Map<number, number> }

/** One message after the other until `work` is done, each repeated with its `client_id` until it is known to be stored. */
async function writtenDuring(work: Promise<unknown>, person: Person, conversation: number): Promise<Written> {
  const [contents, statuses] = [[] as string[], new Map<number, number>()]
  let isDone = false
  const over = () => {
    isDone = true
  }
  work.then(over, over)
  while (!isDone) {
    const content = `during the roll ${contents.length}`
    for (let status = 0; status !== 200 && status !== 201; await setTimeout(writePauseMs)) {
      const message = { conversation_id: conversation, content, client_id: content.replaceAll(' ', '-') }
      status = (await person.post('/api/messages/', message)).status
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status !== 503 && status >= 400) return { contents, statuses }
    }
    contents.push(content)
  }
  return { contents, statuses }
}

/** Below the limit of writes in a minute. */
const writePauseMs = 100

/** What was written during the roll, oldest first, from the newest pages of the history. */
async function contentsOf(person: Person, conversation: number, count: number): Promise<string[]> {
  const found: string[] = []
  let next: string | null = `/api/conversations/${conversation}/messages/?limit=100`
  for (let page = 0; next !== null && page < count / 100 + 2; page++) {
    const answer: { results: { content: string }[]; next: string | null } = await person.get(next)
    found.push(...answer.results.map(({ content }) => content))
    next = answer.next
  }
  return found.filter(content => content.startsWith('during the roll ')).reverse()
}

/** The socket is sent away, and its owner comes back after the delay that it was told. */
async function cameBack(socket: SocketClient, person: Person, conversation: number): Promise<void> {
  const { code, reason } = await within(socket.closed, 300_000, 'the socket to be sent away')
  assert.equal(code, 1012)
  assert.match(reason, /^\d+$/)
  await setTimeout(Number(reason))
  const next = await person.listen(conversation)
  await next.close()
}

/** Opens two sockets for each gateway, sees that each gateway has some, and that all of them hear what Ann posts. */
async function heardByAll(stack: Stack, ann: Person, bob: Person, conversation: number, gateways: number) {
  const sockets = await Promise.all(Array.from({ length: 2 * gateways }, () => bob.listen(conversation)))
  const open = await stack.serverMetric(/^haproxy_server_current_sessions\{proxy="gateways".* [1-9]\d*$/)
  assert.equal(open.size, gateways, `sockets by gateway: ${JSON.stringify([...open])}`)
  const content = `to ${gateways} gateways`
  const { status } = await ann.post('/api/messages/', { conversation_id: conversation, content })
  assert.equal(status, 201)
  await Promise.all(sockets.map(socket => heard(socket, content)))
  await Promise.all(sockets.map(socket => socket.close()))
  await eventually(async () => (await stack.serverMetric(/current_sessions\{proxy="gateways".* [1-9]\d*$/)).size === 0)
}

async function heard(socket: Awaited<ReturnType<Person['listen']>>, content: string): Promise<void> {
  for (;;) {
    const event = (await socket.next('new_message', { ms: 20_000 })) as { message?: { content?: string } }
    if (JSON.stringify(event).includes(content)) return
  }
}
