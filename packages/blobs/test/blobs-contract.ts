// What every engine of blobs promises, as a suite that each one runs.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Cleanup } from '@goftegu/testkit'
import { type Blobs, type ByteRange, createBlobKey, InvalidBlobKey } from '../src/index.ts'

/** Runs the suite on fresh, empty blobs made by `create` for each test. */
export function blobsContract(name: string, create: (t: Cleanup) => Promise<Blobs>): void {
  test(`${name}: gives back what was put, whole and by ranges`, async t => {
    const blobs = await create(t)
    const key = createBlobKey()
    const bytes = randomBytes(300_000)
    assert.equal(await blobs.put(key, chunks(bytes)), bytes.length)
    await assertReads(blobs, key, undefined, bytes)
    await assertReads(blobs, key, { start: 0, end: 0 }, bytes.subarray(0, 1))
    await assertReads(blobs, key, { start: 70_000, end: 200_000 }, bytes.subarray(70_000, 200_001))
    await assertReads(blobs, key, { start: 299_999, end: 299_999 }, bytes.subarray(299_999))
  })

  test(`${name}: keeps an empty blob`, async t => {
    const blobs = await create(t)
    const key = createBlobKey()
    assert.equal(await blobs.put(key, chunks(Buffer.alloc(0))), 0)
    await assertReads(blobs, key, undefined, Buffer.alloc(0))
  })

  test(`${name}: has no blob that was never put, or was removed`, async t => {
    const blobs = await create(t)
    const key = createBlobKey()
    assert.equal(await blobs.get(key), null)
    await blobs.remove(key)
    await blobs.put(key, chunks(randomBytes(10)))
    await blobs.remove(key)
    assert.equal(await blobs.get(key), null)
    assert.deepEqual(await listed(blobs), [])
  })

  test(`${name}: stores nothing of a source that fails half-way`, async t => {
    const blobs = await create(t)
    const key = createBlobKey()
    const cut = new Error('the socket was cut')
    await assert.rejects(blobs.put(key, failing(randomBytes(100_000), cut)), cut)
    assert.equal(await blobs.get(key), null)
    assert.deepEqual(await listed(blobs), [])
    assert.equal(await blobs.removeUnfinished(new Date(Date.now() + 60_000)), 0)
  })

  test(`${name}: does not show a blob before it is whole`, async t => {
    const blobs = await create(t)
    const key = createBlobKey()
    let seen: unknown = 'nothing was looked up'
    await blobs.put(
      key,
      (async function* () {
        yield randomBytes(100_000)
        seen = [await blobs.get(key), await listed(blobs)]
        yield randomBytes(100_000)
      })(),
    )
    assert.deepEqual(seen, [null, []])
  })

  test(`${name}: lists what is there, with its time`, async t => {
    const blobs = await create(t)
    const keys = [createBlobKey(), createBlobKey(), createBlobKey()]
    for (const key of keys) await blobs.put(key, chunks(randomBytes(10)))
    assert.deepEqual(await listed(blobs), keys.toSorted())
    for await (const { stored_at } of blobs.list()) assert.ok(Math.abs(stored_at.getTime() - Date.now()) < 60_000)
  })

  test(`${name}: refuses every key that is not one of its own`, async t => {
    const blobs = await create(t)
    const good = createBlobKey()
    const bad = [
      '',
      '..',
      '../../etc/passwd',
      `${good}/..`,
      good.slice(1),
      `${good}0`,
      good.toUpperCase().replace(/./, 'A'),
    ]
    for (const key of [...bad, `${good}\n`, `${good.slice(0, 31)}\0`, `unfinished`]) {
      await assert.rejects(blobs.put(key, chunks(randomBytes(1))), InvalidBlobKey, key)
      await assert.rejects(blobs.get(key), InvalidBlobKey, key)
      await assert.rejects(blobs.remove(key), InvalidBlobKey, key)
    }
    assert.deepEqual(await listed(blobs), [])
  })
}

async function assertReads(blobs: Blobs, key: string, range: ByteRange | undefined, expected: Buffer): Promise<void> {
  const stream = await blobs.get(key, range)
  assert.ok(stream, 'the blob is there')
  const bytes = await buffer(stream)
  // `deepEqual` would take minutes to print how two blobs differ.
  assert.ok(bytes.equals(expected), `${bytes.length} bytes are not the expected ${expected.length}`)
}

async function listed(blobs: Blobs): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list()) keys.push(key)
  return keys.sort()
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

async function* failing(bytes: Buffer, error: Error): AsyncGenerator<Buffer> {
  yield* chunks(bytes)
  throw error
}
