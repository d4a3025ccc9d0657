// Everything that waits in the writer: its bounds, and its deadlines.
import type { WriterMetrics } from '@goftegu/metrics'
import { ChatError } from '@goftegu/protocol'
import { type Draft, Entry, type Settled } from './entry.ts'
import type { WriterLimits } from './limits.ts'

/** Admits messages while there is room, and answers those that waited too long. */
export class Backlog {
  readonly #limits: WriterLimits
  readonly #metrics: WriterMetrics
  /** In order of their deadlines, which is the order of arrival; settled ones leave when they come to the front. */
  #entries: Entry[] = []
  #messages = 0
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limits: WriterLimits, metrics: WriterMetrics) {
    this.#limits = limits
    this.#metrics = metrics
    metrics.waitingMessages.readFrom(() => this.#messages)
    metrics.waitingBytes.readFrom(() => this.#bytes)
  }

  /** @throws ChatError `busy` where there is no room: nothing was stored */
  admit(draft: Draft): Entry {
    const { waitingMessages, waitingBytes, deadlineMs } = this.#limits
    if (this.#messages >= waitingMessages || this.#bytes >= waitingBytes) throw this.refusal('busy')
    const entry = new Entry(draft, performance.now() + deadlineMs, (settled, outcome) =>
      this.#settled(settled, outcome),
    )
    this.#messages++
    this.#bytes += entry.bytes
    this.#entries.push(entry)
    this.#timer ??= setTimeout(() => this.#expire(), deadlineMs)
    return entry
  }

  /** What a message that is not admitted is answered. */
  refusal(code: 'busy' | 'draining'): ChatError {
    this.#metrics.messages.inc(code)
    return new ChatError(code)
  }

  /** Nothing is admitted or answered from here on. */
  close(): void {
    clearTimeout(this.#timer)
  }

  #settled({ bytes, deadlineMs }: Entry, outcome: Settled): void {
    this.#messages--
    this.#bytes -= bytes
    this.#metrics.messages.inc(outcome)
    const waitedMs = performance.now() - (deadlineMs - this.#limits.deadlineMs)
    if (outcome === 'stored' || outcome === 'repeat') this.#metrics.commitSeconds.observe(waitedMs / 1_000)
  }

  #expire(): void {
    const nowMs = performance.now()
    const isWaiting = (entry: Entry) => !entry.isSettled && entry.deadlineMs > nowMs
    const first = this.#entries.findIndex(isWaiting)
    const overdue = this.#entries.splice(0, first === -1 ? this.#entries.length : first)
    for (const entry of overdue) entry.refuse(new ChatError('outcome_unknown'))
    const next = this.#entries[0]
    this.#timer = next && setTimeout(() => this.#expire(), Math.max(1, next.deadlineMs - nowMs))
  }
}
