// PostgreSQL keeps the promises of blobs, on every replica, and holds little of them in memory.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { Database, migrate } from '@goftegu/database'
import { type Cleanup, eventually, freshDatabase, postgresServers, tcpProxy } from '@goftegu/testkit'
import { sql } from 'kysely'
import { createBlobKey, createPostgresBlobs } from '../src/index.ts'
import { blobsContract } from './blobs-contract.ts'

const chunkBytes = 256 * 1024

for (const server of await postgresServers()) {
  blobsContract(server.name, async t => {
    const { url } = await freshDatabase(t, migrate, { server })
    return open(t, url).blobs
  })
}

test('what one replica stored, the other reads and removes', async t => {
  const { url } = await freshDatabase(t, migrate)
  const [one, other] = [open(t, url), open(t, url)]
  const key = createBlobKey()
  const bytes = randomBytes(3 * chunkBytes + 7)
  await one.blobs.put(key, pieces(bytes))
  assert.ok((await buffer((await other.blobs.get(key))!)).equals(bytes))
  await other.blobs.remove(key)
  assert.equal(await one.blobs.get(key), null)
  assert.equal(await chunksLeft(one.database), 0)
})

test('a range at every edge of a chunk', async t => {
  const { url } = await freshDatabase(t, migrate)
  const { blobs } = open(t, url)
  const key = createBlobKey()
  const bytes = randomBytes(3 * chunkBytes)
  await blobs.put(key, pieces(bytes, 100_003))
  const places = [
    0,
    1,
    chunkBytes - 1,
    chunkBytes,
    chunkBytes + 1,
    2 * chunkBytes - 1,
    2 * chunkBytes,
    bytes.length - 1,
  ]
  for (const start of places) {
    for (const end of places.filter(place => place >= start)) {
      const read = await buffer((await blobs.get(key, { start, end }))!)
      assert.ok(read.equals(bytes.subarray(start, end + 1)), `${start} to ${end}: ${read.length} bytes`)
    }
  }
})

test('chunks are kept as they are: no attempt is made to compress them', async t => {
  const { url } = await freshDatabase(t, migrate)
  const { blobs, database } = open(t, url)
  await blobs.put(createBlobKey(), pieces(Buffer.alloc(2 * chunkBytes)))
  const { rows } = await sql<{ stored: number; is_raw: boolean }>`
    select pg_column_size(bytes) as stored, pg_column_compression(bytes) is null as is_raw from blob_chunks`.execute(
    database.db,
  )
  assert.deepEqual(rows, [
    { stored: chunkBytes, is_raw: true },
    { stored: chunkBytes, is_raw: true },
  ])
})

test('somebody who reads slowly holds no connection, and no more than a few chunks', async t => {
  const { url } = await freshDatabase(t, migrate)
  const { blobs, database } = open(t, url)
  const key = createBlobKey()
  await blobs.put(key, pieces(randomBytes(20 * chunkBytes)))
  const readers = await Promise.all(Array.from({ length: 20 }, () => blobs.get(key)))
  for (const reader of readers) reader!.read(0)
  await eventually(() => readers.every(reader => reader!.readableLength > 0), { what: 'all to have begun' })
  const busy = async () => {
    const { rows } = await sql<{ busy: number }>`
      select count(*) as busy from pg_stat_activity
       where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`.execute(database.db)
    return rows[0]!.busy
  }
  await eventually(async () => (await busy()) === 0, { what: 'every connection to be idle' })
  for (const reader of readers) {
    assert.ok(reader!.readableLength <= 2 * chunkBytes, `${reader!.readableLength} bytes were read ahead`)
    reader!.destroy()
  }
})

test('an upload that nobody goes on with is removed, one that grows is not', async t => {
  const { url } = await freshDatabase(t, migrate)
  const { blobs, database } = open(t, url)
  const [gate, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const upload = blobs.put(
    createBlobKey(),
    (async function* () {
      yield randomBytes(2 * chunkBytes)
      begun.resolve()
      await gate.promise
      yield randomBytes(chunkBytes)
    })(),
  )
  await begun.promise
  assert.equal(await chunksLeft(database), 2)
  assert.equal(await blobs.removeUnfinished(new Date(Date.now() - 60_000)), 0)
  assert.equal(await blobs.removeUnfinished(new Date(Date.now() + 60_000)), 1)
  assert.equal(await chunksLeft(database), 0)
  gate.resolve()
  await assert.rejects(upload, { code: 'upload_incomplete' })
  assert.equal(await chunksLeft(database), 0)
})

test('PostgreSQL away: it says so, nothing is shown, and the rest is swept', async t => {
  const { url } = await freshDatabase(t, migrate)
  const proxy = await tcpProxy(t, url)
  const [cut, whole] = [open(t, proxy.urlFor(url)), open(t, url)]
  const [key, half] = [createBlobKey(), createBlobKey()]
  await cut.blobs.put(key, pieces(randomBytes(10)))
  const upload = cut.blobs.put(
    half,
    (async function* () {
      yield randomBytes(chunkBytes)
      proxy.refuse()
      yield randomBytes(chunkBytes)
    })(),
  )
  await assert.rejects(upload, { code: 'unavailable' })
  await assert.rejects(cut.blobs.get(key), { code: 'unavailable' })
  await assert.rejects(cut.blobs.remove(key), { code: 'unavailable' })
  assert.equal(await whole.blobs.get(half), null)
  assert.equal(await whole.blobs.removeUnfinished(new Date(Date.now() + 60_000)), 1)
  proxy.heal()
  assert.equal((await buffer((await cut.blobs.get(key))!)).length, 10)
})

function open(t: Cleanup, url: string) {
  const database = new Database({ url, poolSize: 3 })
  const blobs = createPostgresBlobs(database)
  t.after(async () => {
    await blobs.close()
    await database.close()
  })
  return { database, blobs }
}

async function chunksLeft({ db }: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from blob_chunks`.execute(db)
  return rows[0]!.count
}

async function* pieces(bytes: Buffer, pieceBytes = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}
