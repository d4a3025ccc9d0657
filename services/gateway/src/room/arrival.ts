// What a room hears of a user between the snapshot and the moment of attaching.
import type { Level } from './levels.ts'

/**
 * Held by a room from before the snapshot is asked for. A socket is attached with what the snapshot says, as corrected
 * by what was heard since.
 */
export class Arrival {
  readonly userId: number
  readonly createdAtMs = performance.now()
  #removals: number[] = []
  #reads: Map<number, number> | null = null

  constructor(userId: number) {
    this.userId = userId
  }

  noteRemoval(userId: number, seq: number): void {
    if (userId === this.userId) this.#removals.push(seq)
  }

  noteRead({ kind, userId, readSeq }: Level): void {
    if (kind !== 'read_updated') return
    this.#reads ??= new Map()
    this.#reads.set(userId, readSeq)
  }

  /** The number of this user's first removal after `head`; Infinity where there was none. */
  removalAfter(head: number): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#removals.filter(seq => seq > head))
  }

  /** A user's read position: the snapshot's, or one heard since. */
  readSeq(userId: number, snapshotReadSeq: number): number {
    return Math.max(snapshotReadSeq, this.#reads?.get(userId) ?? 0)
  }
}
