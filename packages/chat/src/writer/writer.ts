// Stores messages: queued at once, in groups, each conversation in its order.
import type { Database } from '@goftegu/database'
import { createMetrics, type WriterMetrics } from '@goftegu/metrics'
import { begin, isTracing } from '@goftegu/tracing'
import type { Committed, OnError } from '../committed.ts'
import { Backlog } from './backlog.ts'
import type { Draft, Entry, Stored } from './entry.ts'
import { Lane } from './lane.ts'
import { lockTimeoutMs, type WriterLimits, writerLimits } from './limits.ts'
import { settle } from './settle.ts'
import { postMessages } from './statement.ts'

export type WriterOptions = {
  database: Database
  committed: Committed
  onError: OnError
  limits?: Partial<WriterLimits>
  metrics?: WriterMetrics
}

/**
 * The only way in which messages are stored. A conversation belongs to one lane at a time: to the fast one that its id
 * names, which passes over locked heads; while its head is locked, to the slow lane, which waits for it a moment; if
 * that was not enough, to the last lane, which asks for one conversation at a time and holds nothing meanwhile.
 */
export class Writer {
  readonly #options: WriterOptions
  readonly #metrics: WriterMetrics
  readonly #backlog: Backlog
  readonly #pool: ReturnType<Database['createPool']>
  readonly #fast: readonly Lane[]
  readonly #slow: Lane
  readonly #asking: Lane
  /** Conversations that were moved out of their fast lane, and where to. */
  readonly #detours = new Map<number, Lane>()
  #closing: Promise<void> | null = null

  constructor(options: WriterOptions) {
    this.#options = options
    this.#metrics = options.metrics ?? createMetrics().writer
    const limits = { ...writerLimits, ...options.limits }
    this.#backlog = new Backlog(limits, this.#metrics)
    this.#pool = options.database.createPool('writer', limits.lanes + 2, { lock_timeout: String(lockTimeoutMs) })
    const lane = (wait: boolean, next?: () => Lane) =>
      new Lane({
        limits,
        store: group => this.#store(group, wait),
        handOver: next && (entries => this.#move(entries, next())),
        isSingle: next === undefined,
        onError: options.onError,
        onFailure: failure => this.#metrics.groupFailures.inc(failure),
      })
    this.#asking = lane(false)
    this.#slow = lane(true, () => this.#asking)
    this.#fast = Array.from({ length: limits.lanes }, () => lane(false, () => this.#slow))
  }

  /**
   * Queues the message before it returns; resolves after its commit and its announcement.
   * @throws ChatError (rejects) `conversation_not_found`, `client_id_conflict`, `outcome_unknown`; (throws) `busy`,
   *   `draining`: nothing was stored
   * @param mayBeStored whether the caller tried to store it already and did not hear the outcome
   */
  post(draft: Draft, mayBeStored = false): Promise<Stored> {
    if (this.#closing) throw this.#backlog.refusal('draining')
    const entry = this.#backlog.admit(draft)
    entry.mayBeStored = mayBeStored
    this.#laneOf(draft.conversation_id).push(entry)
    return entry.answer
  }

  /** Refuses new messages, and resolves once every message in it is answered and its connections are closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // In the order in which entries are handed over.
    for (const lane of [...this.#fast, this.#slow, this.#asking]) await lane.idle()
    this.#backlog.close()
    await this.#pool.end()
  }

  #laneOf(conversation_id: number): Lane {
    const detour = this.#detours.get(conversation_id)
    if (detour?.holds(conversation_id)) return detour
    this.#detours.delete(conversation_id)
    return this.#fast[conversation_id % this.#fast.length]!
  }

  #move(entries: readonly Entry[], lane: Lane): void {
    for (const entry of entries) {
      this.#detours.set(entry.draft.conversation_id, lane)
      lane.push(entry)
    }
  }

  async #store(group: readonly Entry[], wait: boolean): Promise<Entry[]> {
    const { database, committed } = this.#options
    const drafts = group.map(entry => entry.draft)
    const span = begin('store group', {
      attributes: { 'goftegu.messages': group.length },
      links: isTracing() ? group.map(entry => entry.span) : [],
    })
    const beganMs = performance.now()
    const outcomes = await postMessages(this.#pool, drafts, wait).finally(() => span?.end())
    this.#metrics.groupMessages.observe(group.length)
    this.#metrics.groupSeconds.observe((performance.now() - beganMs) / 1_000)
    return settle(group, outcomes, { epoch: database.epoch, committed })
  }
}
