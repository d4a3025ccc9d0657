// The limiter within one process.

import { gcra, type Rate, rateOf } from './gcra.ts'
import type { Allowance, Limiter } from './limiter.ts'

/** Keeps one number per key until its bucket is full again, and at most `mostKeys` of them. */
export class MemoryLimiter implements Limiter {
  readonly #fullAtMs = new Map<string, number>()
  readonly #mostKeys: number
  readonly #now: () => number

  /** 100,000 keys are about 10 MB. `now` gives monotonic milliseconds. */
  constructor(mostKeys = 100_000, now: () => number = () => performance.now()) {
    this.#mostKeys = mostKeys
    this.#now = now
  }

  async take(key: string, cost: number, rate: Rate): Promise<Allowance> {
    return this.takeNow(key, cost, rate)
  }

  /** The same without a promise. */
  takeNow(key: string, cost: number, rate: Rate): Allowance {
    const nowMs = this.#now()
    const { fullAtMs, retryAfterMs } = gcra(this.#fullAtMs.get(key) ?? 0, nowMs, cost, rateOf(rate))
    if (retryAfterMs > 0) return { allowed: false, retryAfterMs }
    // Last in line again: the one that is dropped first is the one longest without a take.
    this.#fullAtMs.delete(key)
    this.#fullAtMs.set(key, fullAtMs)
    this.#forgetFull(nowMs)
    return { allowed: true }
  }

  /** How many keys are kept. */
  get size(): number {
    return this.#fullAtMs.size
  }

  async close(): Promise<void> {
    this.#fullAtMs.clear()
  }

  /** Looks at two old keys per take, so that full buckets go without a sweep; beyond the bound the oldest goes anyway. */
  #forgetFull(nowMs: number): void {
    for (const [key, fullAtMs] of this.#fullAtMs.entries().take(2)) {
      if (fullAtMs <= nowMs || this.#fullAtMs.size > this.#mostKeys) this.#fullAtMs.delete(key)
    }
  }
}
