// TLS to PostgreSQL and Redis with an authority of one's own: what connects, and what is said where it does not.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Database, migrate } from '@goftegu/database'
import {
  type Cleanup,
  createAuthority,
  freePort,
  freshDatabase,
  PrivatePostgres,
  privateRedis,
  spawnService,
} from '@goftegu/testkit'
import { reasonOf } from '../src/index.ts'

const api = fileURLToPath(new URL('../../../services/api/src/server.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'goftegu-tls-'))
const files = { ca: join(folder, 'ca.crt'), other: join(folder, 'other.crt') }
const client = { certificate: join(folder, 'client.crt'), key: join(folder, 'client.key') }
const authority = await createAuthority()
let postgres: PrivatePostgres

before(async () => {
  writeFileSync(files.ca, authority.certificate)
  writeFileSync(files.other, (await createAuthority('Another authority')).certificate)
  const certified = await authority.issue([], { commonName: 'certified' })
  writeFileSync(client.certificate, certified.certificate)
  writeFileSync(client.key, certified.key, { mode: 0o600 })
  postgres = await startPostgres()
})
after(async () => {
  await postgres?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Its certificate is for the name localhost alone; `secured` must come with TLS, `certified` with a certificate. */
async function startPostgres(): Promise<PrivatePostgres> {
  const { certificate, key } = await authority.issue(['localhost'])
  const started = await PrivatePostgres.start({
    settings: ['ssl=on', 'ssl_cert_file=../server.crt', 'ssl_key_file=../server.key', 'ssl_ca_file=../ca.crt'],
    files: { 'server.crt': certificate, 'server.key': key, 'ca.crt': authority.certificate },
    hba: ['hostnossl all secured all reject', 'hostssl all certified all cert'],
  })
  await migrate(started.url)
  const database = new Database({ url: started.url })
  for (const name of ['secured', 'certified']) {
    await database.pool.query(`create role ${name} superuser login password 'secret'`)
  }
  await database.close()
  return started
}

function urlOf(query: string, { host = 'localhost', user = 'secured' } = {}): string {
  return `postgresql://${user}:secret@${host}:${postgres.port}/postgres?${query}`
}

/** Connects as a service does; answers the version of TLS that PostgreSQL sees, or why there is none. */
async function attempt(url: string): Promise<string> {
  let database: Database | undefined
  try {
    database = new Database({ url })
    await database.connect()
    const { rows } = await database.pool.query('select version from pg_stat_ssl where pid = pg_backend_pid()')
    return rows[0]?.version ?? 'no TLS'
  } catch (error) {
    return reasonOf(error)
  } finally {
    await database?.close()
  }
}

suite('PostgreSQL over TLS', () => {
  test('with the authority’s file it connects; sslmode=require checks as much, and nothing is warned of', async t => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    t.after(() => process.off('warning', onWarning))
    assert.equal(await attempt(urlOf(`sslmode=verify-full&sslrootcert=${files.ca}`)), 'TLSv1.3')
    assert.equal(await attempt(urlOf(`sslmode=require&sslrootcert=${files.ca}`)), 'TLSv1.3')
    await new Promise(resolve => setImmediate(resolve)) // warnings are told in the next turn
    assert.deepEqual(warnings, [])
  })

  test('a client certificate stands in for a password', async () => {
    const own = `&sslcert=${client.certificate}&sslkey=${client.key}`
    const url = urlOf(`sslmode=verify-full&sslrootcert=${files.ca}`, { user: 'certified' })
    assert.equal(await attempt(url + own), 'TLSv1.3')
    assert.match(await attempt(url), /client certificate: add sslcert=FILE and sslkey=FILE/)
  })

  const refusals: [string, () => string, RegExp][] = [
    ['no authority is named', () => urlOf('sslmode=require'), /nobody here knows who signed.*sslrootcert=FILE/],
    ['another authority', () => urlOf(`sslmode=verify-full&sslrootcert=${files.other}`), /sslrootcert=FILE/],
    [
      'another name',
      () => urlOf(`sslmode=verify-full&sslrootcert=${files.ca}`, { host: '127.0.0.1' }),
      /certificate is for another name/,
    ],
    [
      'the authority’s file is not there',
      () => urlOf('sslmode=verify-full&sslrootcert=/nowhere/ca.crt'),
      /\/nowhere\/ca\.crt/,
    ],
    ['without TLS where the server wants it', () => urlOf(''), /wants TLS: add \?sslmode=verify-full/],
    ['sslmode=disable, the same', () => urlOf('sslmode=disable'), /wants TLS/],
    ['an unknown sslmode', () => urlOf('sslmode=verify'), /unknown sslmode. Write .*verify-full/],
    ['several hosts', () => 'postgresql://u:p@one:5432,two:5432/chat', /names several hosts. Name one/],
    ['a password that breaks the URL', () => 'postgresql://u:p#1@one:5432/chat', /written as %XX/],
    ['a wrong password', () => urlOf(`sslrootcert=${files.ca}`).replace('secret', 'wrong'), /user or the password/],
  ]
  for (const [name, url, expected] of refusals) {
    test(`refused: ${name}`, async () => {
      const reason = await attempt(url())
      assert.match(reason, expected)
      assert.doesNotMatch(reason, /secret/)
    })
  }

  test('refused: a server without TLS', async t => {
    const { url } = await freshDatabase(t, migrate)
    assert.match(await attempt(`${url}?sslmode=verify-full`), /does not support SSL.*ssl = on/)
  })
})

/** A Redis that speaks TLS on the port that is answered. */
async function startRedis(t: Cleanup, hosts: string[], notAfter?: Date): Promise<number> {
  const { certificate, key } = await authority.issue(hosts, { notAfter })
  const tlsPort = await freePort()
  await privateRedis(t, {
    files: { 'server.crt': certificate, 'server.key': key, 'ca.crt': authority.certificate },
    config: [
      `tls-port ${tlsPort}`,
      'tls-cert-file server.crt',
      'tls-key-file server.key',
      'tls-ca-cert-file ca.crt',
      'tls-auth-clients no',
    ],
  })
  return tlsPort
}

/** An API on both, over TLS; NODE_EXTRA_CA_CERTS is all that it is told of the authority. */
function startApi(t: Cleanup, redisPort: number, env: Record<string, string>) {
  return spawnService(t, {
    script: api,
    env: {
      DATABASE_URL: urlOf('sslmode=verify-full'),
      REDIS_URL: `rediss://localhost:${redisPort}`,
      DATA_DIR: folder,
      PORT: '0',
      LOG_LEVEL: 'info',
      ...env,
    },
    ready: /"address":"(http[^"]+)","msg":"ready"/,
    readyWithinMs: 30_000,
  })
}

suite('a service with NODE_EXTRA_CA_CERTS', () => {
  test('reaches PostgreSQL and Redis over TLS', async t => {
    const service = await startApi(t, await startRedis(t, ['localhost']), { NODE_EXTRA_CA_CERTS: files.ca })
    const answer = await fetch(`${service.readyMatch?.[1]}/readyz`)
    assert.deepEqual(await answer.json(), { status: 'ready', checks: { postgresql: 'ok', redis: 'ok' } })
  })

  test('does not start where it cannot trust PostgreSQL, and says what to do', async t => {
    const starting = startApi(t, await startRedis(t, ['localhost']), { NODE_EXTRA_CA_CERTS: files.other })
    await assert.rejects(starting, /PostgreSQL cannot be used: .*sslrootcert=FILE in DATABASE_URL/)
  })

  const faults: [string, Parameters<typeof startRedis>[1], Date | undefined, RegExp][] = [
    ['another name', ['redis.example.org'], undefined, /certificate is for another name/],
    ['an expired one', ['localhost'], new Date(Date.now() - 86_400_000), /certificate has expired/],
  ]
  for (const [name, hosts, notAfter, advice] of faults) {
    test(`starts without Redis where its certificate is not right (${name}), and logs what to do`, async t => {
      const service = await startApi(t, await startRedis(t, hosts, notAfter), { NODE_EXTRA_CA_CERTS: files.ca })
      assert.match(service.output(), advice)
      const answer = await fetch(`${service.readyMatch?.[1]}/readyz`)
      assert.deepEqual(await answer.json(), { status: 'ready', checks: { postgresql: 'ok', redis: 'away' } })
    })
  }
})
