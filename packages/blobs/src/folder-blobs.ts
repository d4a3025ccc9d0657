// Blobs in a folder of this machine, or on a disk that the replicas share.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, constants, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ChatError } from '@goftegu/protocol'
import { type Blobs, type ByteRange, checkBlobKey, isBlobKey, type StoredBlob } from './blobs.ts'

/** Where blobs grow until they are whole; no key can be a folder of this name. */
const unfinishedFolder = 'unfinished'

/** Makes the folder where there is none. Throws the system's error where nothing can be written into it. */
export async function prepareFolder(root: string): Promise<void> {
  await mkdir(join(root, unfinishedFolder), { recursive: true, mode: 0o700 })
  await access(join(root, unfinishedFolder), constants.W_OK)
}

/**
 * Blobs as files: `<root>/<the key's first two digits>/<key>`, written under a temporary name, synced, then renamed.
 * The folders are made when they are needed, for this user alone.
 */
export function createFolderBlobs(root: string): Blobs {
  return {
    put: (key, source) => put(root, key, source),
    get: (key, range) => get(root, key, range),
    remove: async key => rm(pathOf(root, key), { force: true }),
    list: () => list(root),
    removeUnfinished: idleSince => removeUnfinished(root, idleSince),
  }
}

/** The key is checked here, so that no path is ever made from anything else. */
function pathOf(root: string, key: string): string {
  checkBlobKey(key)
  return join(root, key.slice(0, 2), key)
}

async function put(root: string, key: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  const path = pathOf(root, key)
  const temporary = join(root, unfinishedFolder, `${key}.${randomUUID()}`)
  try {
    await mkdir(dirname(temporary), { recursive: true, mode: 0o700 })
    // `flush` syncs the file before it is closed: only bytes that are on the disk get their name.
    const file = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(source, file)
    await makeFolder(dirname(path))
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return file.bytesWritten
  } catch (error) {
    await rm(temporary, { force: true })
    throw isDiskFault(error) ? notWritten(error) : error
  }
}

/** Not what the sender's connection may fail with. */
const diskFaults = /^(?:ENOENT|ENOTDIR|EACCES|EPERM|EROFS|ENOSPC|EDQUOT|EIO|EMFILE|ENFILE)$/

function isDiskFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && diskFaults.test(String(error.code))
}

function notWritten(cause: unknown): ChatError {
  return new ChatError('unavailable', { detail: 'The file could not be stored now; try again in a moment.', cause })
}

async function get(root: string, key: string, range?: ByteRange): Promise<Readable | null> {
  // Opened here and not by the stream, so that an absent blob is an answer and not a broken stream.
  const handle = await unlessAbsent(open(pathOf(root, key), 'r'))
  return handle?.createReadStream(range) ?? null
}

async function* list(root: string): AsyncGenerator<StoredBlob> {
  for (const shard of await namesIn(root)) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue
    for (const key of await namesIn(join(root, shard))) {
      if (!isBlobKey(key)) continue
      const file = await unlessAbsent(stat(join(root, shard, key)))
      if (file?.isFile()) yield { key, stored_at: file.mtime }
    }
  }
}

async function removeUnfinished(root: string, idleSince: Date): Promise<number> {
  let removed = 0
  for (const name of await namesIn(join(root, unfinishedFolder))) {
    const path = join(root, unfinishedFolder, name)
    const file = await unlessAbsent(stat(path))
    if (!file || file.mtime >= idleSince) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}

/** A new folder's own name is durable only when the folder above it is synced. */
async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 })
  if (made !== undefined) await syncFolder(dirname(path))
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return // a folder cannot be opened there
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await unlessAbsent(readdir(folder))) ?? []
}

/** Undefined where the path is not there (or was removed meanwhile); any other fault is thrown. */
async function unlessAbsent<T>(pending: Promise<T>): Promise<T | undefined> {
  try {
    return await pending
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
