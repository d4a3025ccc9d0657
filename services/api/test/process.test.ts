// The processes of `npm run migrate` and `npm run api`: start, serve, tell the bus, stop.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { conversationChannel, createBroker } from '@goftegu/bus'
import { migrate } from '@goftegu/database'
import { Attachment, decodeHeader, Message, type User } from '@goftegu/protocol'
import { type Cleanup, freshDatabase, freshRedis, spawnService, startS3, within } from '@goftegu/testkit'
import { assertSameBytes, Client } from './client.ts'
import { fileForm, sampleFiles } from './sample-files.ts'

const script = (name: string) => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url))
const run = promisify(execFile)
const ready = /"address":"(http[^"]+)","msg":"ready"/

test('migrate says what it ran, and nothing the second time', async t => {
  const { url } = await freshDatabase(t)
  const first = await runMigrate({ DATABASE_URL: url })
  assert.match(first.stdout, /^migrated 0001-initial$/m)
  const second = await runMigrate({ DATABASE_URL: url })
  assert.equal(second.stdout, 'The database is up to date.\n')
  await assert.rejects(runMigrate({ DATABASE_URL: '' }), /DATABASE_URL must be set/)
  await assert.rejects(runMigrate({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }), /The migration failed/)
})

test('the API serves, keeps files, tells the bus, and stops when asked', async t => {
  const { url: DATABASE_URL } = await freshDatabase(t, migrate)
  const redis = await freshRedis(t)
  const DATA_DIR = await freshFolder(t)
  const broker = createBroker({ ...redis, replicaId: 'the test', onError: () => {} })
  t.after(() => broker.close())
  const heard = Promise.withResolvers<[string, Buffer]>()
  broker.onMessage((channel, payload) => heard.resolve([channel, Buffer.from(payload)]))
  await broker.start()
  await broker.subscribe([conversationChannel(1)])

  const env = { DATABASE_URL, REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix, DATA_DIR, PORT: '0', PUBLIC_URL: '' }
  const service = await spawnService(t, { script: script('server'), env, ready })
  const address = service.readyMatch?.[1] ?? ''
  const [ann, bob] = [await register(address, 'ann'), await register(address, 'bob')]
  const content = 'a secret text'
  const message = await ann.expect(201, Message, 'POST', '/api/messages/', { content, recipient_id: bob.user.id })
  const [channel, payload] = await within(heard.promise, 5_000, 'the message on the bus')
  assert.equal(channel, conversationChannel(message.conversation))
  assert.equal(decodeHeader(payload)?.kind, 'new_message')

  const upload = `/api/conversations/${message.conversation}/messages/${message.id}/attachments/`
  const raw = fileForm(sampleFiles.png, 'a.png')
  const { file } = await ann.expect(201, Attachment, 'POST', upload, undefined, { raw })
  assert.ok(file.startsWith(`${address}/api/attachments/`), 'without PUBLIC_URL the address that it listens on')
  assert.deepEqual(await readdir(DATA_DIR), [], 'files are in the database unless BLOBS says otherwise')
  assert.equal((await ann.call('GET', '/readyz')).status, 200)

  assert.deepEqual(await service.stop(), { code: 0, signal: null })
  for (const secret of [content, ann.token ?? '', 'correct horse']) assert.ok(!service.output().includes(secret))
})

test('behind a balancer, connections that it keeps stay usable until it has noticed the stop', async t => {
  const { url: DATABASE_URL } = await freshDatabase(t, migrate)
  const { url: REDIS_URL, prefix: REDIS_PREFIX } = await freshRedis(t)
  const env = { DATABASE_URL, REDIS_URL, REDIS_PREFIX, PORT: '0', TRUSTED_PROXIES: 'loopback' }
  const service = await spawnService(t, { script: script('server'), env, ready })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const ask = async () => {
    const request = get(`${service.readyMatch?.[1]}/readyz`, { agent })
    const [response] = await once(request, 'response')
    response.resume()
    await once(response, 'end')
    return [response.statusCode, request.reusedSocket]
  }
  assert.deepEqual(await ask(), [200, false])
  const stopped = service.stop()
  while ((await ask())[0] === 200);
  for (let n = 0; n < 5; n++) assert.deepEqual(await ask(), [503, true], 'it says that it goes, on the same connection')
  assert.deepEqual(await stopped, { code: 0, signal: null })
})

for (const store of ['postgres', 'folder', 's3']) {
  test(`BLOBS=${store}: what one API took, the other serves, whole and in part`, async t => {
    const { url: DATABASE_URL } = await freshDatabase(t, migrate)
    const { url: REDIS_URL, prefix: REDIS_PREFIX } = await freshRedis(t)
    const DATA_DIR = await freshFolder(t)
    const PUBLIC_URL = 'https://chat.example.org'
    const s3 = await startS3(t)
    const keys = {
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    }
    const BLOBS = store === 's3' ? s3.blobs : store
    const env = { DATABASE_URL, REDIS_URL, REDIS_PREFIX, DATA_DIR, PORT: '0', PUBLIC_URL, BLOBS, ...keys }
    const [one, other] = await Promise.all([startApi(t, env), startApi(t, env)])
    const ann = await register(one, 'ann')
    const file = Buffer.concat([sampleFiles.jpg, randomBytes(1_500_000)])
    const path = (await attach(ann, file)).slice(PUBLIC_URL.length)
    const reader = new Client(other, ann.token, undefined)
    assertSameBytes((await reader.call('GET', path)).bytes, file)
    const headers = { range: 'bytes=700000-1000000' }
    const { status, bytes } = await reader.call('GET', path, undefined, { headers })
    assert.equal(status, 206)
    assertSameBytes(bytes, file.subarray(700_000, 1_000_001))
    assert.deepEqual(await readdir(DATA_DIR), store === 'folder' ? ['blobs'] : [])
  })
}

test('a bucket that can never work is told at the start, by the variable’s name', async t => {
  const { url: DATABASE_URL } = await freshDatabase(t, migrate)
  const { url: REDIS_URL, prefix: REDIS_PREFIX } = await freshRedis(t)
  const { blobs: BLOBS } = await startS3(t)
  const keys = { AWS_ACCESS_KEY_ID: 'the-key', AWS_SECRET_ACCESS_KEY: 'wrong' }
  const env = { DATABASE_URL, REDIS_URL, REDIS_PREFIX, PORT: '0', BLOBS, ...keys }
  await assert.rejects(startApi(t, env), /BLOBS names cannot be used: S3 answered 403 SignatureDoesNotMatch/)
  await assert.rejects(startApi(t, { ...env, AWS_SECRET_ACCESS_KEY: '' }), /set AWS_ACCESS_KEY_ID and AWS_SECRET/)
  await assert.rejects(startApi(t, { ...env, BLOBS: 's3://files?endpoint=minio:9000' }), /endpoint is a URL like/)
})

test('a folder that cannot be written, and a REDIS_URL that names no master, are told at the start', async t => {
  const { url: DATABASE_URL } = await freshDatabase(t, migrate)
  const { url: REDIS_URL, prefix: REDIS_PREFIX } = await freshRedis(t)
  const env = { DATABASE_URL, REDIS_URL, REDIS_PREFIX, PORT: '0' }
  const inAFile = { BLOBS: 'folder', DATA_DIR: script('server') }
  await assert.rejects(startApi(t, { ...env, ...inAFile }), /Attachments cannot be kept in .*Give DATA_DIR a folder/)
  const noMaster = { REDIS_URL: 'redis-sentinel://127.0.0.1' }
  await assert.rejects(
    startApi(t, { ...env, ...noMaster }),
    /REDIS_URL cannot be used: .*name of the master is missing/,
  )
})

test('without its schema, or with wrong settings, it says what to do', async t => {
  const { url } = await freshDatabase(t)
  const { url: REDIS_URL, prefix: REDIS_PREFIX } = await freshRedis(t)
  const start = (env: Record<string, string>) =>
    spawnService(t, { script: script('server'), env, ready: /"msg":"ready"/ })
  await assert.rejects(start({ DATABASE_URL: url, REDIS_URL, REDIS_PREFIX, PORT: '0' }), /npm run migrate/)
  await assert.rejects(start({ DATABASE_URL: 'x', REDIS_URL, PORT: 'x' }), /PORT must be.*DATABASE_URL must be/s)
})

async function runMigrate(env: Record<string, string>) {
  return run(process.execPath, ['--conditions=goftegu-source', script('migrate')], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
  })
}

/** The address of a new API process. */
async function startApi(t: Cleanup, env: Record<string, string>): Promise<string> {
  const service = await spawnService(t, { script: script('server'), env, ready, readyWithinMs: 30_000 })
  return service.readyMatch?.[1] ?? ''
}

/** The URL of a file that is attached to a message to somebody new. */
async function attach(ann: Client, bytes: Uint8Array): Promise<string> {
  const bob = await register(ann.url, 'bob')
  const message = await ann.expect(201, Message, 'POST', '/api/messages/', { content: 'x', recipient_id: bob.user.id })
  const upload = `/api/conversations/${message.conversation}/messages/${message.id}/attachments/`
  const { file } = await ann.expect(201, Attachment, 'POST', upload, undefined, { raw: fileForm(bytes, 'a.jpg') })
  return file
}

async function freshFolder(t: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-api-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function register(url: string, username: string): Promise<Client> {
  const anybody = new Client(url, undefined, undefined)
  const { body, status } = await anybody.call('POST', '/api/auth/register/', {
    username,
    password: 'correct horse',
    token: true,
  })
  assert.equal(status, 201)
  const { token, ...user } = body as User & { token: string }
  return new Client(url, token, user)
}
