// Removes the bytes of deleted messages, and what a crash left.
import type { Blobs } from '@goftegu/blobs'
import type { Chat } from '@goftegu/chat'
import { ChatError } from '@goftegu/protocol'

export type BlobSweepOptions = {
  chat: Chat
  blobs: Blobs
  /** Hears what went wrong; the sweep goes on with its next round. */
  onError: (error: unknown, doing: string) => void
  /** How often the bytes of deleted messages are removed. */
  removalIntervalMs?: number
  /** How often leftovers of a crash are looked for. */
  leftoverIntervalMs?: number
  /** How old a blob without a row is before it counts as left over: older than any upload lasts. */
  leftoverAgeMs?: number
}

export interface BlobSweep {
  /** Does both rounds at once. */
  runNow(): Promise<void>
  /** Ends after the round under way. */
  stop(): Promise<void>
}

const batchSize = 500

/**
 * Starts sweeping. Several replicas may sweep the same blobs: what one has removed, the other finds removed.
 * The row is gone before the bytes are: a sweep that is late shows nothing to anybody.
 */
export function startBlobSweep({
  chat,
  blobs,
  onError,
  removalIntervalMs = 2_000,
  leftoverIntervalMs = 600_000,
  leftoverAgeMs = 3_600_000,
}: BlobSweepOptions): BlobSweep {
  const removals = repeat(() => sweepRemovals(chat, blobs), removalIntervalMs, onError, 'removing deleted attachments')
  const leftovers = repeat(
    () => sweepLeftovers(chat, blobs, new Date(Date.now() - leftoverAgeMs)),
    leftoverIntervalMs,
    onError,
    'removing what a crash left of attachments',
  )
  return {
    runNow: async () => void (await Promise.all([removals.runNow(), leftovers.runNow()])),
    stop: async () => void (await Promise.all([removals.stop(), leftovers.stop()])),
  }
}

/** Bytes first, then the note of them: a crash in between removes them again. */
async function sweepRemovals(chat: Chat, blobs: Blobs): Promise<void> {
  for (;;) {
    const keys = await chat.attachments.removals(batchSize)
    for (const key of keys) await blobs.remove(key)
    await chat.attachments.forget(keys)
    if (keys.length < batchSize) return
  }
}

async function sweepLeftovers(chat: Chat, blobs: Blobs, before: Date): Promise<void> {
  await blobs.removeUnfinished(before)
  let keys: string[] = []
  const removeUnknown = async () => {
    if (keys.length === 0) return
    const known = await chat.attachments.known(keys)
    for (const key of keys) if (!known.has(key)) await blobs.remove(key)
    keys = []
  }
  for await (const { key, stored_at } of blobs.list()) {
    if (stored_at < before) keys.push(key)
    if (keys.length === batchSize) await removeUnknown()
  }
  await removeUnknown()
}

/** Runs `round` every `intervalMs`, counted from the end of the last one; never two at a time. */
function repeat(round: () => Promise<void>, intervalMs: number, onError: BlobSweepOptions['onError'], doing: string) {
  let isStopped = false
  let current = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const run = () => {
    clearTimeout(timer)
    current = current.then(round).catch(error => {
      // While PostgreSQL is away there is nothing to say each time: the next round finds it back.
      if (!(error instanceof ChatError && error.code === 'unavailable')) onError(error, doing)
    })
    return current.then(schedule)
  }
  const schedule = () => {
    clearTimeout(timer)
    if (!isStopped) timer = setTimeout(run, intervalMs).unref()
  }
  schedule()
  return {
    runNow: run,
    stop: () => {
      isStopped = true
      clearTimeout(timer)
      return current
    },
  }
}
