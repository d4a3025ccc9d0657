// Each thing that is counted is caused, and its metric moves by exactly that, as a scrape shows.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { connect, eventually, privateRedis, scrape, untilRisen } from '@goftegu/testkit'
import { inReverse } from './replicas/in-reverse.ts'
import { type Installation, startInstallation } from './replicas/installation.ts'
import { addPeople, type Person } from './replicas/people.ts'
import { Rest } from './replicas/rest.ts'

const bearer = ({ token }: Person) => ({ authorization: `Bearer ${token}` })

suite('metrics', { concurrency: false }, () => {
  const life = inReverse({ after })
  let installation: Installation
  before(async () => {
    installation = await startInstallation(life)
  })

  test('a message through a gateway, a post through the API', async () => {
    const { apiUrl, gateways, database } = installation
    const [ann, bob] = await addPeople(database, ['ann', 'bob'])
    const api = new Rest(apiUrl, ann!.token)
    const { body } = await api.call('POST', '/api/messages/', { content: 'first', recipient_id: bob!.id })
    const { conversation } = body as { conversation: number }
    const url = gateways[0]!.url
    const before = await scrape(url)
    const sockets = await Promise.all(
      [ann!, bob!].map(person => connect(`${url}/ws/chat/${conversation}/`, { headers: bearer(person) })),
    )
    for (const socket of sockets) await socket.next('ready')
    sockets[0]!.send({ type: 'chat_message', content: 'hello', client_id: 'k' })
    for (const socket of sockets) await socket.expectPush('new_message', { seq: 2 })
    await untilRisen(url, before, {
      goftegu_sockets: 2,
      goftegu_sockets_opened_total: 2,
      goftegu_rooms: 1,
      'goftegu_frames_received_total{type="chat_message"}': 1,
      'goftegu_messages_total{outcome="stored"}': 1,
      'goftegu_events_announced_total{type="new_message"}': 1,
      'goftegu_room_events_total{type="new_message"}': 1,
      'goftegu_deliveries_total{kind="live"}': 2,
      'goftegu_bus_publications_total{outcome="published"}': 1,
      goftegu_commit_seconds_count: 1,
      goftegu_group_messages_sum: 1,
      goftegu_group_seconds_count: 1,
      goftegu_delivery_seconds_count: 1,
      goftegu_bus_received_total: 1,
    })
    const fromApi = await scrape(apiUrl)
    await api.call('POST', '/api/messages/', { content: 'second', conversation_id: conversation })
    await untilRisen(apiUrl, fromApi, {
      'goftegu_http_request_seconds_count{method="POST",route="/api/messages/",status="201"}': 1,
      'goftegu_messages_total{outcome="stored"}': 1,
    })
  })

  test('what came through a proxy finds no metrics', async () => {
    const { apiUrl } = installation
    for (const header of ['X-Forwarded-For', 'Forwarded', 'Via']) {
      const { status } = await fetch(`${apiUrl}/metrics`, { headers: { [header]: '203.0.113.7' } })
      assert.equal(status, 404, header)
    }
  })

  test('a Redis that is frozen, and thaws', async t => {
    const life = inReverse(t)
    const redis = await privateRedis(life)
    const { apiUrl, gateways, database } = await startInstallation(life, { redis: { url: redis.url, prefix: 'here:' } })
    const [ann, bob] = await addPeople(database, ['ann', 'bob'])
    const api = new Rest(apiUrl, ann!.token)
    const { url } = gateways[0]!
    await eventually(async () => (await scrape(apiUrl)).get('goftegu_bus_replicas') === 3)
    const before = await scrape(apiUrl)
    assert.equal(before.get('goftegu_bus_heard'), 1)
    assert.equal(before.get('goftegu_ready'), 1)
    assert.ok(before.get('goftegu_bus_round_trip_seconds_count')! > 0)
    assert.ok(before.get('goftegu_event_loop_active_seconds_total')! > 0)
    redis.pause()
    await untilRisen(apiUrl, before, { goftegu_bus_heard: -1, 'goftegu_bus_signals_total{type="silent"}': 1 })
    await api.call('POST', '/api/messages/', { content: 'first', recipient_id: bob!.id })
    await untilRisen(apiUrl, before, { 'goftegu_bus_publications_total{outcome="failed"}': 1 })
    redis.resume()
    await untilRisen(apiUrl, before, { goftegu_bus_heard: 0, 'goftegu_bus_signals_total{type="heard"}': 1 })
    await eventually(async () => (await scrape(url)).get('goftegu_bus_heard') === 1)
  })

  test('what the limiter refuses, by rule', async () => {
    const { apiUrl, database } = installation
    await addPeople(database, ['cy'])
    const anybody = new Rest(apiUrl, '')
    const before = await scrape(apiUrl)
    const attempts = Array.from({ length: 33 }, () =>
      anybody.call('POST', '/api/auth/login/', { username: 'cy', password: 'wrong horse' }),
    )
    const refused = (await Promise.all(attempts)).filter(({ status }) => status === 429).length
    assert.ok(refused > 0)
    await untilRisen(apiUrl, before, {
      'goftegu_limiter_refusals_total{rule="login-name"}': refused,
      'goftegu_http_request_seconds_count{method="POST",route="/api/auth/login/",status="429"}': refused,
    })
  })
})
