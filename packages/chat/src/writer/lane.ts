// One queue of messages with one group in flight: what keeps a conversation's order.
import { setImmediate, setTimeout } from 'node:timers/promises'
import { isUnavailable } from '@goftegu/database'
import { outside } from '@goftegu/tracing'
import type { OnError } from '../committed.ts'
import type { Entry } from './entry.ts'
import { type Failure, failureOf, refusalOf } from './failure.ts'
import { pollMs, retryMs, type WriterLimits } from './limits.ts'

export type LaneOptions = {
  limits: Pick<WriterLimits, 'groupMessages' | 'groupBytes'>
  /** Stores a group, answers its senders, and returns the entries whose conversation was busy, in their order. */
  store: (group: readonly Entry[]) => Promise<Entry[]>
  /** Takes conversations over that were busy or locked; without it they go to the end of this queue and are asked again. */
  handOver?: (entries: readonly Entry[]) => void
  /** One conversation in a group: nothing that is locked in one can hold up another. */
  isSingle?: boolean
  onError: OnError
  /** Told of each group that failed. */
  onFailure: (failure: Failure) => void
}

/** Stores its entries in groups, one after the other; a group that failed goes back to the front. */
export class Lane {
  readonly #options: LaneOptions
  #queue: Entry[] = []
  /** How many entries a conversation has here, in the queue and in flight. */
  readonly #held = new Map<number, number>()
  /** Most messages of the next group: halved to find the one that PostgreSQL refuses, then doubled back. */
  #groupMessages: number
  #failures = 0
  #running: Promise<void> | null = null

  constructor(options: LaneOptions) {
    this.#options = options
    this.#groupMessages = options.limits.groupMessages
  }

  push(entry: Entry): void {
    const { conversation_id } = entry.draft
    this.#held.set(conversation_id, (this.#held.get(conversation_id) ?? 0) + 1)
    this.#queue.push(entry)
    this.#running ??= outside(() => this.#run())
  }

  /** Whether entries of the conversation are in it: what comes next of that conversation must follow them. */
  holds(conversation_id: number): boolean {
    return this.#held.has(conversation_id)
  }

  /** Resolves when everything in it was answered or handed over. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // What arrives within this turn of the event loop goes together.
    await setImmediate()
    for (let group = this.#take(); group.length > 0; group = this.#take()) {
      try {
        const busy = new Set(await this.#options.store(group))
        this.#failures = 0
        this.#groupMessages = Math.min(this.#groupMessages * 2, this.#options.limits.groupMessages)
        for (const entry of group) if (!busy.has(entry)) this.#release(entry)
        if (busy.size > 0) await this.#stepAside([...busy])
      } catch (error) {
        for (const entry of group) entry.mayBeStored = true
        await this.#recover(group, error)
      }
    }
    this.#running = null
  }

  /** The next group: from the front, without those that were answered while they waited. */
  #take(): Entry[] {
    const { isSingle, limits } = this.#options
    const group: Entry[] = []
    let bytes = 0
    let taken = 0
    for (const entry of this.#queue) {
      const isFull = group.length === this.#groupMessages || bytes + entry.bytes > limits.groupBytes
      const isOther = isSingle && group[0] && group[0].draft.conversation_id !== entry.draft.conversation_id
      if ((isFull || isOther) && group.length > 0 && !entry.isSettled) break
      taken++
      if (entry.isSettled) {
        this.#release(entry)
        continue
      }
      group.push(entry)
      bytes += entry.bytes
    }
    this.#queue.splice(0, taken)
    return group
  }

  async #recover(group: Entry[], error: unknown): Promise<void> {
    const failure = failureOf(error)
    this.#options.onFailure(failure)
    if (failure === 'locked') return this.#stepAside(group)
    if (failure === 'culprit' && group.length === 1) return this.#refuse(group[0]!, error)
    this.#queue.unshift(...group)
    if (failure === 'again') {
      if (!isUnavailable(error))
        this.#options.onError(error, 'storing messages failed in an unknown way; it is tried again')
      return this.#pause()
    }
    this.#groupMessages = Math.ceil(group.length / 2)
  }

  /** Moves the conversations of `entries` out of the others' way, with all that follows them in the queue. */
  async #stepAside(entries: readonly Entry[]): Promise<void> {
    const conversations = new Set(entries.map(entry => entry.draft.conversation_id))
    const isMoving = (entry: Entry) => conversations.has(entry.draft.conversation_id)
    const moving = [...entries, ...this.#queue.filter(isMoving)]
    const staying = this.#queue.filter(entry => !isMoving(entry))
    const { handOver } = this.#options
    if (!handOver) {
      this.#queue = [...staying, ...moving]
      // Each conversation is asked for once in `pollMs`.
      await setTimeout(pollMs / this.#held.size)
      return
    }
    this.#queue = staying
    for (const entry of moving) this.#release(entry)
    handOver(moving)
  }

  /** PostgreSQL refused this message alone: what should have been checked before the writer was not. */
  #refuse(entry: Entry, error: unknown): void {
    this.#release(entry)
    this.#options.onError(error, 'a message was refused by PostgreSQL; it should have been refused before')
    entry.refuse(refusalOf(error))
  }

  #release({ draft: { conversation_id } }: Entry): void {
    const left = this.#held.get(conversation_id)! - 1
    if (left === 0) this.#held.delete(conversation_id)
    else this.#held.set(conversation_id, left)
  }

  async #pause(): Promise<void> {
    const longest = Math.min(retryMs.first * 2 ** this.#failures++, retryMs.most)
    await setTimeout(longest * (0.5 + Math.random() / 2))
  }
}
