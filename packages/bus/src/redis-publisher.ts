// Publishes to Redis with a deadline, a bound, and a breaker that the canary closes.

import type { Redis } from 'ioredis'
import type { PubSubCommands } from './pub-sub-commands.ts'

type Outcome = 'published' | 'failed'
type Options = {
  redis: Redis
  commands: Pick<PubSubCommands, 'publish'>
  deadlineMs: number
  /** Called whenever `isAcknowledged` changes. */
  onChange: () => void
  /** The server answered with an error: it may not serve this name any more. */
  onRefused?: (error: unknown) => void
}
type Publication = { deadlineMs: number; bytes: number; settle: (outcome: Outcome) => void }

const mostInFlight = 10_000
const mostBytesInFlight = 16 * 1024 * 1024

/**
 * The breaker is one flag. It opens at the first publication that is not acknowledged in time, which fails everything
 * behind it too, and at a lost connection; only an acknowledged probe (the canary, every 250 ms) closes it. A general
 * breaker makes callers wait for its half-open trial, and so delays a sender beyond the deadline.
 */
export class RedisPublisher {
  readonly #options: Options
  readonly #inFlight = new Set<Publication>()
  #bytesInFlight = 0
  #timer: NodeJS.Timeout | undefined
  #isAcknowledged = false

  constructor(options: Options) {
    this.#options = options
    options.redis.on('close', () => this.#open())
  }

  /** Whether the newest evidence says that Redis takes publications. */
  get isAcknowledged(): boolean {
    return this.#isAcknowledged
  }

  /** Answers `failed` at once while the breaker is open or too much is in flight; else within the deadline. */
  publish(name: string, payload: Uint8Array): Promise<Outcome> {
    const isFull = this.#inFlight.size >= mostInFlight || this.#bytesInFlight >= mostBytesInFlight
    return this.#isAcknowledged && !isFull ? this.#send(name, payload) : Promise.resolve('failed')
  }

  /** Publishes whatever the breaker says, and closes it when acknowledged. */
  async probe(name: string, payload: Uint8Array): Promise<Outcome> {
    const outcome = await this.#send(name, payload)
    if (outcome === 'published' && !this.#isAcknowledged) {
      this.#isAcknowledged = true
      this.#options.onChange()
    }
    return outcome
  }

  #send(name: string, payload: Uint8Array): Promise<Outcome> {
    const { redis, commands, deadlineMs, onRefused } = this.#options
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    return new Promise(resolve => {
      const publication: Publication = {
        deadlineMs: performance.now() + deadlineMs,
        bytes: bytes.length,
        settle: outcome => {
          if (!this.#inFlight.delete(publication)) return
          this.#bytesInFlight -= publication.bytes
          resolve(outcome)
        },
      }
      this.#inFlight.add(publication)
      this.#bytesInFlight += publication.bytes
      commands.publish(redis, name, bytes).then(
        () => publication.settle('published'),
        error => {
          publication.settle('failed')
          onRefused?.(error)
        },
      )
      this.#arm()
    })
  }

  /** One timer for all: Redis answers in order, so the first in flight is the one whose time runs out first. */
  #arm(): void {
    const first = this.#inFlight.values().next().value
    if (this.#timer || !first) return
    const waitMs = Math.max(1, first.deadlineMs - performance.now())
    // Judged after the poll phase: when this process itself was stalled, the answer lies ready in the socket.
    this.#timer = setTimeout(() => setImmediate(() => this.#judge()), waitMs)
  }

  #judge(): void {
    this.#timer = undefined
    const first = this.#inFlight.values().next().value
    if (first && first.deadlineMs <= performance.now()) this.#open()
    this.#arm()
  }

  #open(): void {
    for (const publication of [...this.#inFlight]) publication.settle('failed')
    if (!this.#isAcknowledged) return
    this.#isAcknowledged = false
    this.#options.onChange()
  }

  close(): void {
    this.#open()
    clearTimeout(this.#timer)
  }
}
