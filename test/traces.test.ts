// A message is followed from the request or frame to the write to the sockets, as one trace.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Database, migrate } from '@goftegu/database'
import { type Cleanup, connect, freshDatabase, spawnService } from '@goftegu/testkit'
import { inReverse } from './replicas/in-reverse.ts'
import { addPeople } from './replicas/people.ts'
import { Rest } from './replicas/rest.ts'
import { type CollectedSpan, startBadCollector, startCollector } from './traces/collector.ts'

const script = fileURLToPath(new URL('../services/standalone/src/server.ts', import.meta.url))

/** REST and WebSocket in one process, with two people in it. */
async function startWhole(t: Cleanup, env: Record<string, string>) {
  const { url: DATABASE_URL } = await freshDatabase(t, migrate)
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-traces-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const fixed = { DATABASE_URL, REDIS_URL: '', PORT: '0', HOST: '127.0.0.1', PUBLIC_URL: '', DATA_DIR: folder }
  const ready = /is ready at (http\S+)/
  const service = await spawnService(t, { script, env: { ...fixed, ...env }, ready, readyWithinMs: 30_000 })
  const database = new Database({ url: DATABASE_URL, applicationName: 'the test' })
  await database.connect()
  t.after(() => database.close())
  const [ann, bob] = await addPeople(database, ['ann', 'bob'])
  return { service, url: service.readyMatch![1]!, ann: ann!, bob: bob! }
}

/** The one span of this name below `parent`. */
function below(spans: CollectedSpan[], parent: CollectedSpan, name: string): CollectedSpan {
  const found = spans.filter(span => span.parentId === parent.spanId && span.name === name)
  assert.equal(found.length, 1, `${found.length} spans ${name} below ${parent.name}`)
  assert.equal(found[0]!.traceId, parent.traceId)
  return found[0]!
}

/** The way of a message below what brought it: stored, published, written to `sockets`. */
function assertWay(spans: CollectedSpan[], root: CollectedSpan, { seq, sockets }: { seq: number; sockets: number }) {
  assert.equal(root.parentId, undefined)
  const stored = below(spans, root, 'store message')
  assert.deepEqual([stored.attributes['goftegu.seq'], stored.attributes['goftegu.outcome']], [seq, 'stored'])
  const groups = spans.filter(({ name, links }) => name === 'store group' && links.includes(stored.spanId))
  assert.equal(groups.length, 1, 'one group stored it')
  assert.equal(below(spans, stored, 'publish').attributes['goftegu.outcome'], 'published')
  const delivered = below(spans, stored, 'deliver')
  assert.deepEqual([delivered.attributes['goftegu.seq'], delivered.attributes['goftegu.sockets']], [seq, sockets])
  assert.ok(root.beganNs <= stored.beganNs && stored.beganNs <= delivered.beganNs)
  // Spans of one trace share a clock; those of others may differ by a millisecond.
  assert.ok(delivered.beganNs <= delivered.endedNs && root.beganNs <= delivered.endedNs)
}

suite('traces', () => {
  for (const kind of ['refuses', 'says nothing'] as const) {
    test(`a collector that ${kind} is told of once, and neither a request nor the stop minds`, async t => {
      const life = inReverse(t)
      const collector = await startBadCollector(life, kind)
      const { service, url, ann, bob } = await startWhole(life, { OTEL_EXPORTER_OTLP_ENDPOINT: collector })
      const rest = new Rest(url, ann.token)
      for (let n = 0; n < 3; n++) {
        const { status } = await rest.call('POST', '/api/messages/', { content: `${n}`, recipient_id: bob.id })
        assert.equal(status, 201)
      }
      assert.deepEqual(await service.stop(), { code: 0, signal: null })
      const told = service.output().split('traces could not be sent').length - 1
      assert.equal(told, kind === 'refuses' ? 1 : 0)
    })
  }

  test('a post and a frame, each to the sockets that hear it; without content, names or tokens', async t => {
    const life = inReverse(t)
    const collector = await startCollector(life)
    const { service, url, ann, bob } = await startWhole(life, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    const rest = new Rest(url, ann.token)
    const { body } = await rest.call('POST', '/api/messages/', { content: 'secret one', recipient_id: bob.id })
    const { conversation } = body as { conversation: number }
    const open = async ({ token }: { token: string }) => {
      const headers = { authorization: `Bearer ${token}` }
      const socket = await connect(`${url}/ws/chat/${conversation}/`, { headers })
      await socket.next('ready')
      return socket
    }
    const sockets = [await open(ann), await open(bob)]
    await rest.call('POST', '/api/messages/', { content: 'secret two', conversation_id: conversation })
    for (const socket of sockets) await socket.expectPush('new_message', { seq: 2 })
    sockets[1]!.send({ type: 'chat_message', content: 'secret three', client_id: 'k' })
    await sockets[1]!.next('accepted')
    for (const socket of sockets) await socket.expectPush('new_message', { seq: 3 })
    await service.stop()

    const { spans } = collector
    const posts = spans.filter(({ name }) => name === 'POST /api/messages/')
    assert.equal(posts.length, 2)
    assert.deepEqual(
      posts.map(({ attributes }) => attributes['http.response.status_code']),
      [201, 201],
    )
    assertWay(spans, posts[1]!, { seq: 2, sockets: 2 })
    const frames = spans.filter(({ name }) => name === 'frame chat_message')
    assert.equal(frames.length, 1)
    assertWay(spans, frames[0]!, { seq: 3, sockets: 2 })
    assert.notEqual(posts[1]!.traceId, frames[0]!.traceId)
    const sent = collector.bodies.join()
    for (const private_ of ['secret', 'ann', 'bob', ann.token, bob.token]) {
      assert.ok(!sent.includes(`"${private_}`) && !sent.includes(`${private_} `), `${private_} was sent`)
    }
  })

  test('a collector that nobody reaches: messages are stored, and a stop is a good one', async t => {
    const life = inReverse(t)
    const { service, url, ann, bob } = await startWhole(life, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
    const rest = new Rest(url, ann.token)
    const { status } = await rest.call('POST', '/api/messages/', { content: 'hello', recipient_id: bob.id })
    assert.equal(status, 201)
    assert.deepEqual(await service.stop(), { code: 0, signal: null }, service.output())
  })
})
