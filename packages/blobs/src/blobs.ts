// Bytes of attachments: the interface, and what every engine promises.
import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'

/** A stored blob, as `list` names it. */
export type StoredBlob = { key: string; stored_at: Date }

/** Bytes `start` to `end`, both counted from 0 and both included. */
export type ByteRange = { start: number; end: number }

/**
 * Where the bytes of attachments lie. Obligations of every engine, which `blobsContract` checks:
 * 1. All or nothing: a blob is there with every byte after `put` resolved, and not at all when it rejected.
 * 2. Durable: what `put` resolved survives the loss of power.
 * 3. Streaming: memory does not grow with a blob's size, and a slow reader or writer is waited for.
 * 4. Keys are `createBlobKey`'s; anything else throws InvalidBlobKey and touches nothing.
 * 5. A blob is never changed: a key is put once, because keys are random.
 * 6. Where the store is away or answers too late, ChatError `unavailable` is thrown, within seconds.
 */
export interface Blobs {
  /** Stores all of `source` under `key` and returns its size in bytes; rejects with what `source` threw. */
  put(key: string, source: AsyncIterable<Uint8Array>): Promise<number>
  /** The blob's bytes, or those of `range` (which lies within the blob); null where there is none. */
  get(key: string, range?: ByteRange): Promise<Readable | null>
  /** Removes the blob; one that is not there is removed already. Whoever reads it may go on or see an error. */
  remove(key: string): Promise<void>
  /** Every finished blob, in any order. One that is put or removed meanwhile may be missing. */
  list(): AsyncIterable<StoredBlob>
  /** Removes what a crash left: blobs that are not whole and got no byte since `idleSince`. Returns how many. */
  removeUnfinished(idleSince: Date): Promise<number>
}

/** The key is none of `createBlobKey`'s. */
export class InvalidBlobKey extends Error {
  constructor() {
    super('a blob key is 32 lower-case hexadecimal digits, made by createBlobKey()')
    this.name = 'InvalidBlobKey'
  }
}

/** A new key, 128 random bits: nobody guesses it, no two meet, and nothing of a client's is in it. */
export function createBlobKey(): string {
  return randomBytes(16).toString('hex')
}

export function isBlobKey(key: string): boolean {
  return /^[0-9a-f]{32}$/.test(key)
}

/** Throws InvalidBlobKey unless `key` may name a blob. */
export function checkBlobKey(key: string): void {
  if (!isBlobKey(key)) throw new InvalidBlobKey()
}
