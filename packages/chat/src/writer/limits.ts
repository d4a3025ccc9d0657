// How much the writer takes at a time, and for how long.

export type WriterLimits = {
  /** Lanes, each with one group in flight; a conversation's lane is its id modulo this. */
  lanes: number
  /** Most messages of a group… */
  groupMessages: number
  /** …and bytes of their texts; one message alone may have more. */
  groupBytes: number
  /** Most messages that wait in this process… */
  waitingMessages: number
  /** …and bytes of their texts; beyond either the answer is `busy`. */
  waitingBytes: number
  /** After this long a message's outcome is unknown. */
  deadlineMs: number
}

/** From the design, where they were measured: two groups in flight gave 1.8 times a prepared INSERT each. */
export const writerLimits: WriterLimits = {
  lanes: 2,
  groupMessages: 500,
  groupBytes: 1024 * 1024,
  waitingMessages: 10_000,
  waitingBytes: 16 * 1024 * 1024,
  deadlineMs: 10_000,
}

/** How long a group waits for a locked row before its conversations are asked for one by one (PostgreSQL's `lock_timeout`). */
export const lockTimeoutMs = 250
/** How long to wait before a locked conversation is asked for again. */
export const pollMs = 50
/** How long to wait before a group that failed is sent again: this, doubled each time to the most, and jittered by half. */
export const retryMs = { first: 20, most: 500 }
