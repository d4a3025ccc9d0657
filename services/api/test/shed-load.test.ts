// More requests than PostgreSQL answers in time: some are stored, the others hear `busy`, and nobody waits in vain.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tcpProxy } from '@goftegu/testkit'
import { startApi } from './start-api.ts'

test('what would wait too long for PostgreSQL is refused at once, and the rest is stored', async t => {
  const proxies: Awaited<ReturnType<typeof tcpProxy>>[] = []
  const through = async (databaseUrl: string) => {
    const proxy = await tcpProxy(t, databaseUrl)
    proxies.push(proxy)
    return proxy.urlFor(databaseUrl)
  }
  const api = await startApi(t, { writeRate: { limit: 100_000, windowMs: 60_000 }, through })
  const [ann, bob] = [await api.person('ann'), await api.person('bob')]
  const actor = { id: ann.user.id, is_staff: false }
  const { conversation_id } = await api.chat.messages.postDirect(actor, { recipient_id: bob.user.id, content: 'first' })
  const post = (key: string) =>
    ann.call('POST', '/api/messages/', { conversation_id, content: 'a text', client_id: key })
  for (const proxy of proxies) proxy.delay(50)
  // So that the pool knows how slow it has become.
  await Promise.all(Array.from({ length: 20 }, (_, n) => post(`before-${n}`)))

  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => post(`flood-${n}`)))

  const stored = answers.filter(({ status }) => status === 201)
  const refused = answers.filter(({ status }) => status !== 201)
  assert.ok(stored.length > 0 && refused.length > 0, `${stored.length} stored, ${refused.length} refused`)
  for (const { status, headers, body } of refused) {
    assert.deepEqual([status, (body as { code: string }).code], [503, 'busy'])
    assert.match(headers.get('retry-after') ?? '', /^[123]$/)
  }
  const { rows } = await api.database.pool.query("select count(*) as kept from messages where client_id like 'flood-%'")
  assert.equal(Number(rows[0].kept), stored.length, 'what was refused is not stored, what was acknowledged is')
  assert.equal((await post('afterwards')).status, 201)
})
