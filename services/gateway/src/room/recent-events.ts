// The newest events of all rooms, within one budget: what a resume reads first.
import { isAboutMessage, type RoomEvent, senderOf } from './event.ts'
import { revised } from './revise.ts'

type Log = { events: RoomEvent[]; bytes: number }
export type RecentEventsLimits = { maxBytes: number; maxPerRoom: number }

/** Beside its frame, what an event costs in memory: object, buffer and slot. Measured at about 200 bytes. */
const overheadBytes = 200

/**
 * Keeps an unbroken run of each room's newest events. Rooms that were used least recently go first, whole.
 * A change of a message rewrites that message's earlier events, so deleted text is never replayed.
 */
export class RecentEvents {
  readonly #limits: RecentEventsLimits
  /** In the order of use, the least recent first. */
  readonly #logs = new Map<number, Log>()
  #bytes = 0

  constructor(limits: RecentEventsLimits) {
    this.#limits = limits
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Adds a room's next event, after rewriting what it changes. */
  add(conversationId: number, event: RoomEvent): void {
    const log = this.#use(conversationId) ?? this.#begin(conversationId)
    if (event.kind !== 'new_message' && isAboutMessage(event)) this.#revise(log, event)
    log.events.push(event)
    this.#grow(log, costOf(event))
    if (log.events.length > this.#limits.maxPerRoom) this.#grow(log, -costOf(log.events.shift()!))
    this.#evict()
  }

  /** Everything after `since`, oldest first; null where some of it is not here any more. */
  after(conversationId: number, since: number): RoomEvent[] | null {
    const log = this.#use(conversationId)
    const first = log?.events[0]
    if (!log || !first || first.seq > since + 1) return null
    return log.events.slice(since + 1 - first.seq)
  }

  /** Whether the event of this number is a message of this user; false where it is not known. */
  isSentBy(conversationId: number, userId: number, seq: number): boolean {
    const event = this.#logs.get(conversationId)?.events.find(event => event.seq === seq)
    return event !== undefined && senderOf(event) === userId
  }

  /** Whether the message is remembered as one that was stored at `visibleFrom` or later; false where it is not known. */
  isVisible(conversationId: number, messageId: number, visibleFrom: number): boolean {
    const events = this.#logs.get(conversationId)?.events ?? []
    return events.some(
      ({ kind, subject, seq }) => kind === 'new_message' && subject === messageId && seq >= visibleFrom,
    )
  }

  /** Drops a room's events: it was closed, or its numbers begin anew. */
  forget(conversationId: number): void {
    const log = this.#logs.get(conversationId)
    if (!log) return
    this.#logs.delete(conversationId)
    this.#bytes -= log.bytes
  }

  #begin(conversationId: number): Log {
    const log = { events: [], bytes: 0 }
    this.#logs.set(conversationId, log)
    return log
  }

  #use(conversationId: number): Log | undefined {
    const log = this.#logs.get(conversationId)
    if (!log) return undefined
    this.#logs.delete(conversationId)
    this.#logs.set(conversationId, log)
    return log
  }

  #revise(log: Log, change: RoomEvent): void {
    log.events.forEach((earlier, i) => {
      if (earlier.subject !== change.subject || !isAboutMessage(earlier)) return
      const event = revised(earlier, change)
      log.events[i] = event
      this.#grow(log, costOf(event) - costOf(earlier))
    })
  }

  #grow(log: Log, bytes: number): void {
    log.bytes += bytes
    this.#bytes += bytes
  }

  #evict(): void {
    for (const conversationId of this.#logs.keys()) {
      if (this.#bytes <= this.#limits.maxBytes) return
      this.forget(conversationId)
    }
  }
}

function costOf(event: RoomEvent): number {
  return event.frame.length + overheadBytes
}
