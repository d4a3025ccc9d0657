// The folder keeps the promises of blobs, and sweeps what a crash left.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Cleanup } from '@goftegu/testkit'
import { type Blobs, createBlobKey, createFolderBlobs } from '../src/index.ts'
import { blobsContract } from './blobs-contract.ts'

blobsContract('folder', async t => createFolderBlobs(await freshFolder(t)))

test('the path of a blob is its key, below two of its digits', async t => {
  const folder = await freshFolder(t)
  const key = createBlobKey()
  await createFolderBlobs(folder).put(key, bytes())
  const names = await readdir(folder, { recursive: true })
  assert.deepEqual(names.sort(), [key.slice(0, 2), join(key.slice(0, 2), key), 'unfinished'].sort())
})

test('what a crash left unfinished goes, what is being written stays', async t => {
  const folder = await freshFolder(t)
  await mkdir(join(folder, 'unfinished'))
  const [left, growing] = [`${createBlobKey()}.left`, `${createBlobKey()}.growing`]
  for (const name of [left, growing]) await writeFile(join(folder, 'unfinished', name), 'half a file')
  const twoHoursAgo = new Date(Date.now() - 7_200_000)
  await utimes(join(folder, 'unfinished', left), twoHoursAgo, twoHoursAgo)
  const blobs = createFolderBlobs(folder)
  assert.equal(await blobs.removeUnfinished(new Date(Date.now() - 3_600_000)), 1)
  assert.deepEqual(await readdir(join(folder, 'unfinished')), [growing])
})

test('a file that is none of its own is not taken for a blob', async t => {
  const folder = await freshFolder(t)
  await mkdir(join(folder, 'ab'))
  await writeFile(join(folder, 'ab', '.DS_Store'), '')
  assert.deepEqual(await listed(createFolderBlobs(folder)), [])
})

test('a folder that is not there yet has no blobs', async t => {
  const blobs = createFolderBlobs(join(await freshFolder(t), 'not', 'yet'))
  assert.deepEqual(await listed(blobs), [])
  assert.equal(await blobs.removeUnfinished(new Date()), 0)
  await blobs.put(createBlobKey(), bytes())
  assert.equal((await listed(blobs)).length, 1)
})

async function freshFolder(t: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-blobs-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function listed(blobs: Blobs): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list()) keys.push(key)
  return keys
}

async function* bytes(): AsyncGenerator<Buffer> {
  yield Buffer.from('bytes')
}
