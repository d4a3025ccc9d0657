// Blobs in the installation's own PostgreSQL: on every replica, and no further part to run.
import { Readable } from 'node:stream'
import { asUnavailable, type Database, type Db, type Tables } from '@goftegu/database'
import { ChatError } from '@goftegu/protocol'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { type Blobs, type ByteRange, checkBlobKey, type StoredBlob } from './blobs.ts'
import { inChunks } from './in-chunks.ts'

export type PostgresBlobs = Blobs & {
  /** Ends its connections once their queries are done. */
  close(): Promise<void>
}

/** What one upload or download holds in memory, and what one query carries: 256 KiB. Decision 18. */
const chunkBytes = 256 * 1024
/** Connections for chunks alone, so that films never keep messages waiting. */
const poolSize = 4
const listedAtOnce = 1_000

/**
 * Blobs as rows: `blobs` has one per blob, `blob_chunks` its bytes. Every chunk is a query of its own, so nobody who is
 * slow to send or to read keeps a connection; blobs never change, so the chunks fit together all the same.
 */
export function createPostgresBlobs(database: Database): PostgresBlobs {
  // Chunks do not wait for the disk: the last statement does, and whatever was written before it is on the disk then.
  const pool = database.createPool('blobs', poolSize, { synchronous_commit: 'off' })
  const chunks: Db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const { db } = database
  return {
    put: (key, source) => put(db, chunks, key, source),
    get: (key, range) => get(chunks, key, range),
    remove: key => remove(db, key),
    list: () => list(chunks),
    removeUnfinished: idleSince => removeUnfinished(db, idleSince),
    close: () => chunks.destroy(),
  }
}

/** What a query answers; throws `unavailable` where PostgreSQL is away. */
async function answerOf<T>(query: Promise<T>): Promise<T> {
  try {
    return await query
  } catch (error) {
    throw asUnavailable(error)
  }
}

async function put(db: Db, chunks: Db, key: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  checkBlobKey(key)
  await answerOf(chunks.insertInto('blobs').values({ key }).execute())
  try {
    let byteSize = 0
    for await (const bytes of inChunks(source, chunkBytes)) {
      await storeChunk(chunks, key, byteSize, bytes)
      byteSize += bytes.length
    }
    await finish(db, key, byteSize)
    return byteSize
  } catch (error) {
    // Where this fails too, PostgreSQL is away, and the sweep removes what is left.
    await remove(db, key).catch(() => {})
    throw error
  }
}

async function storeChunk(chunks: Db, key: string, first_byte: number, bytes: Buffer): Promise<void> {
  const insert = sql`
    with growing as (update blobs set touched_at = clock_timestamp() where key = ${key} and byte_size is null returning key)
    insert into blob_chunks (blob_key, first_byte, bytes) select key, ${first_byte}, ${bytes} from growing`
  const { numAffectedRows } = await answerOf(insert.execute(chunks))
  if (numAffectedRows !== 1n) throw sweptMeanwhile()
}

/** Shows the blob; on the connections that wait for the disk, which has every chunk before it has this. */
async function finish(db: Db, key: string, byte_size: number): Promise<void> {
  const update = db
    .updateTable('blobs')
    .set({ byte_size, touched_at: sql<Date>`clock_timestamp()` })
    .where('key', '=', key)
    .where('byte_size', 'is', null)
  const { numUpdatedRows } = await answerOf(update.executeTakeFirstOrThrow())
  if (numUpdatedRows !== 1n) throw sweptMeanwhile()
}

/** Its sender was silent for so long that `removeUnfinished` took it for one that a crash left. */
const sweptMeanwhile = () => new ChatError('upload_incomplete')

async function get(chunks: Db, key: string, range?: ByteRange): Promise<Readable | null> {
  checkBlobKey(key)
  const select = chunks.selectFrom('blobs').select('byte_size').where('key', '=', key)
  const blob = await answerOf(select.executeTakeFirst())
  if (!blob || blob.byte_size === null) return null
  const { start, end } = range ?? { start: 0, end: blob.byte_size - 1 }
  // In bytes and not in objects, so that one chunk is read ahead and no more.
  return Readable.from(bytesOf(chunks, key, start, end), { objectMode: false })
}

async function* bytesOf(chunks: Db, key: string, start: number, end: number): AsyncGenerator<Buffer, void> {
  for (let at = start; at <= end; ) {
    const select = sql<{ bytes: Buffer }>`
      select substring(bytes from (${at} - first_byte + 1)::int for least(${end - at + 1}, ${chunkBytes})::int) as bytes
        from blob_chunks where blob_key = ${key} and first_byte <= ${at} order by first_byte desc limit 1`
    const { rows } = await answerOf(select.execute(chunks))
    const bytes = rows[0]?.bytes
    if (!bytes || bytes.length === 0) throw new Error('a blob was removed while it was read')
    at += bytes.length
    yield bytes
  }
}

async function remove(db: Db, key: string): Promise<void> {
  checkBlobKey(key)
  await answerOf(db.deleteFrom('blobs').where('key', '=', key).execute())
}

async function* list(chunks: Db): AsyncGenerator<StoredBlob> {
  for (let after = ''; ; ) {
    const select = chunks
      .selectFrom('blobs')
      .select(['key', 'touched_at as stored_at'])
      .where('byte_size', 'is not', null)
      .where('key', '>', after)
      .orderBy('key')
      .limit(listedAtOnce)
    const rows = await answerOf(select.execute())
    yield* rows
    if (rows.length < listedAtOnce) return
    after = rows.at(-1)!.key
  }
}

async function removeUnfinished(db: Db, idleSince: Date): Promise<number> {
  const unfinished = db.deleteFrom('blobs').where('byte_size', 'is', null).where('touched_at', '<', idleSince)
  const { numDeletedRows } = await answerOf(unfinished.executeTakeFirstOrThrow())
  return Number(numDeletedRows)
}
