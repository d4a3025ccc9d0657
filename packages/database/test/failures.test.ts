// Which errors say "try again", and which are a fault.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asUnavailable, Database, isRefusal, isRolledBack, isUnavailable, migrate } from '@goftegu/database'
import { ChatError } from '@goftegu/protocol'
import { eventually, freePort, freshDatabase, tcpProxy } from '@goftegu/testkit'
import { sql } from 'kysely'

const coded = (code: string) => Object.assign(new Error('…'), { code })

test('codes and messages of an absent PostgreSQL', () => {
  const states = ['08006', '28P01', '3D000', '57P01', '57014', '53300', '40001', '55P03', '25006']
  const network = ['ECONNREFUSED', 'ECONNRESET', 'EPROTO', 'ENETDOWN', 'ENETRESET', 'EHOSTDOWN', 'ENOTCONN']
  const transport = ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_STREAM_DESTROYED', 'CERT_HAS_EXPIRED']
  for (const code of [...states, ...network, ...transport]) {
    assert.ok(isUnavailable(coded(code)), code)
  }
  for (const code of ['22021', '23505', '42P01', 'XX000', 'ERR_INVALID_ARG_TYPE']) {
    assert.ok(!isUnavailable(coded(code)), code)
  }
  assert.ok(isUnavailable(new Error('Connection terminated unexpectedly')))
  assert.ok(!isUnavailable(new ChatError('busy')))
  assert.deepEqual(
    ['40001', '40P01', '55P03', '57P01'].map(code => isRolledBack(coded(code))),
    [true, true, true, false],
  )
})

test('only what the server refused is known not to be stored', async t => {
  const { url } = await freshDatabase(t, migrate)
  const database = new Database({ url })
  t.after(() => database.close())
  const failureOf = (statement: string) =>
    database.pool.query(statement).then(
      () => undefined,
      (error: unknown) => error,
    )
  for (const [statement, isRefused] of [
    ["select convert_from('\\x00', 'UTF8')", true],
    ['select 1 / 0', true],
    ['select * from nowhere', true],
    ['select pg_terminate_backend(pg_backend_pid())', false],
    ["do $$ begin raise exception using errcode = '40003'; end $$", false],
  ] as const) {
    assert.equal(isRefusal(await failureOf(statement)), isRefused, statement)
  }
  for (const error of [coded('EPROTO'), coded('22021'), new RangeError('…'), 'text', undefined]) {
    assert.ok(!isRefusal(error), String(error))
  }
})

test('a refusal keeps what it was caused by', () => {
  const cause = coded('57P01')
  const refusal = asUnavailable(cause)
  assert.ok(refusal instanceof ChatError && refusal.code === 'unavailable' && refusal.cause === cause)
  const fault = coded('42P01')
  assert.equal(asUnavailable(fault), fault)
})

test('every way in which a connection fails is told', async t => {
  const closed = new Database({ url: `postgres://postgres@127.0.0.1:${await freePort()}/postgres` })
  await assert.rejects(closed.connect(), isUnavailable)
  const { url } = await freshDatabase(t, migrate)
  const proxy = await tcpProxy(t, url)
  const errors: Error[] = []
  const database = new Database({ url: proxy.urlFor(url), onError: error => errors.push(error) })
  t.after(() => database.close())
  await database.connect()
  proxy.reset()
  await eventually(() => errors.length === 1, { what: 'an idle connection to report its loss' })
  const sleeping = sql`select pg_sleep(30)`.execute(database.db)
  const refused = assert.rejects(sleeping, isUnavailable)
  await eventually(() => proxy.connections > 0)
  proxy.reset()
  await refused
  const terminated = database.db
    .transaction()
    .execute(tx => sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx))
  await assert.rejects(terminated, isUnavailable)
  await sql`select 1`.execute(database.db)
})

test('when a connection falls silent it is given up, with all that may have been lost with it', async t => {
  const { url } = await freshDatabase(t, migrate)
  const proxy = await tcpProxy(t, url)
  const database = new Database({ url: proxy.urlFor(url), poolSize: 3 })
  t.after(() => database.close())
  const askThrice = () => Promise.all([1, 2, 3].map(n => sql`select ${n}::int`.execute(database.db)))
  await askThrice()
  proxy.forget()
  await assert.rejects(sql`select 1`.execute(database.db), isUnavailable)
  await askThrice()
  proxy.forget()
  const changing = database.db.transaction().execute(tx => sql`select 1`.execute(tx))
  await assert.rejects(changing, isUnavailable)
  await askThrice()
})
