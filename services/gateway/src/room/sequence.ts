// Which number comes next: the pure part of a room.

/** Numbers after `since`, up to and including `until`. */
export type Hole = { since: number; until: number }

export type Verdict =
  /** Heard before, or from before this room was opened. */
  | 'dropped'
  /** It was the next one; it, and what had waited for it, is delivered. */
  | 'delivered'
  /** Something before it is missing. */
  | 'held'
  /** Of another epoch: only the database can tell which of the two is over. */
  | 'foreign'

/** An event as the database tells it: with the state of `changedSeq`, which may be later than its own number. */
export type Current<Event> = { seq: number; changedSeq: number; event: Event }

/** An object and no function, which would be one more for each of many idle rooms. */
export type Sink<Event> = { deliver(event: Event): void }

type Early<Event> = { epoch: string; seq: number; event: Event }

/** Most events that wait behind a hole, or for the room to be opened; those beyond it are fetched with the hole. */
const mostHeld = 256

/**
 * Puts a conversation's events into their order, each once, whatever the bus drops, repeats, delays or reorders.
 *
 * Before `open` everything waits. Then exactly `delivered + 1` is delivered to the sink; what is older is dropped, what
 * is newer is held until `hole()` is fetched from the database and supplied.
 *
 * What is supplied shows the state of a later number. A receiver ignores what is older than what it has, so up to that
 * number everything has to come from the database: an attachment as it was announced would be ignored, and lost.
 */
export class Sequence<Event> {
  readonly #sink: Sink<Event>
  #epoch: string | null = null
  #delivered = 0
  /** The highest number known to exist. */
  #known = 0
  /** Up to here events are taken from the database alone. */
  #horizon = 0
  #pending: Map<number, Event> | null = null
  #early: Early<Event>[] | null = null

  constructor(sink: Sink<Event>) {
    this.#sink = sink
  }

  /** null until it is opened. */
  get epoch(): string | null {
    return this.#epoch
  }

  get delivered(): number {
    return this.#delivered
  }

  /** Whether an event would be dropped, so that nobody need decode it. */
  isStale(epoch: string, seq: number): boolean {
    return epoch === this.#epoch && seq <= this.#delivered
  }

  /** Begins after `head`, at the start or anew; what waited is offered again. */
  open(epoch: string, head: number): void {
    const waiting = this.#early ?? []
    for (const [seq, event] of this.#pending ?? []) waiting.push({ epoch: this.#epoch!, seq, event })
    this.#epoch = epoch
    this.#delivered = head
    this.#known = head
    this.#horizon = 0
    this.#pending = null
    this.#early = null
    for (const { epoch, seq, event } of waiting) this.offer(epoch, seq, event)
  }

  /** Lets go of what waits behind a hole. If the database has it, it is fetched with the hole, or is in a snapshot. */
  forgetHeld(): void {
    this.#pending = null
  }

  offer(epoch: string, seq: number, event: Event): Verdict {
    if (this.#epoch === null) return this.#wait(epoch, seq, event)
    if (epoch !== this.#epoch) return 'foreign'
    if (seq <= this.#delivered) return 'dropped'
    if (seq > this.#known) this.#known = seq
    if (seq <= this.#horizon) return 'held'
    if (seq > this.#delivered + 1) return this.#hold(seq, event)
    this.#next(seq, event)
    return 'delivered'
  }

  /**
   * Takes what one query said of the hole, and delivers as far as that reaches. What was held of numbers before the new
   * horizon is too old.
   */
  supply(epoch: string, events: readonly Current<Event>[]): 'taken' | 'foreign' {
    if (epoch !== this.#epoch) return 'foreign'
    const missing = events.filter(({ seq }) => seq > this.#delivered)
    this.#horizon = Math.max(this.#horizon, ...missing.map(({ changedSeq }) => changedSeq))
    this.#known = Math.max(this.#known, this.#horizon)
    this.#pending ??= new Map()
    for (const seq of this.#pending.keys()) if (seq <= this.#horizon) this.#pending.delete(seq)
    for (const { seq, event } of missing) this.#pending.set(seq, event)
    const next = this.#takePending(this.#delivered + 1)
    if (next !== undefined) this.#next(this.#delivered + 1, next)
    return 'taken'
  }

  /** Learns from the database that the conversation stands at `head`. A head older than what was heard says nothing. */
  learn(epoch: string, head: number): 'even' | 'behind' | 'foreign' {
    if (this.#epoch === null) return 'even'
    if (epoch !== this.#epoch) return 'foreign'
    if (head > this.#known) this.#known = head
    return this.#known > this.#delivered ? 'behind' : 'even'
  }

  /**
   * What to ask the database for, null where nothing is missing: from the first missing number to the highest known.
   * What is held in between is asked for again, so that one query shows one state of all of it.
   */
  hole(): Hole | null {
    return this.#known > this.#delivered ? { since: this.#delivered, until: this.#known } : null
  }

  #wait(epoch: string, seq: number, event: Event): Verdict {
    this.#early ??= []
    // A dropped one is not lost: the snapshot that opens the room is younger than it.
    if (this.#early.length === mostHeld) this.#early.shift()
    this.#early.push({ epoch, seq, event })
    return 'held'
  }

  #hold(seq: number, event: Event): Verdict {
    this.#pending ??= new Map()
    if (this.#pending.size < mostHeld) this.#pending.set(seq, event)
    return 'held'
  }

  #next(seq: number, event: Event): void {
    for (let next: Event | undefined = event; next !== undefined; next = this.#takePending(++seq)) {
      this.#delivered = seq
      this.#sink.deliver(next)
    }
  }

  #takePending(seq: number): Event | undefined {
    const event = this.#pending?.get(seq)
    if (event !== undefined) this.#pending!.delete(seq)
    if (this.#pending?.size === 0) this.#pending = null
    return event
  }
}
