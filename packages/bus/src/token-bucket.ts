// A local bucket for one socket's frames: no name, no wire, one number.

import { gcra, type Rate, rateOf } from './gcra.ts'

/** 10 frames a second with a burst of 20, for example, is `{ limit: 10, windowMs: 1_000, burst: 20 }`. */
export class TokenBucket {
  readonly #rate: ReturnType<typeof rateOf>
  readonly #now: () => number
  #fullAtMs = Number.NEGATIVE_INFINITY

  /** `now` gives monotonic milliseconds. Throws RangeError for a rate that allows nothing. */
  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rateOf(rate)
    this.#now = now
  }

  /** Takes `cost` tokens. Returns 0 when they were there, else, taking none, the milliseconds until they are. */
  take(cost = 1): number {
    const { fullAtMs, retryAfterMs } = gcra(this.#fullAtMs, this.#now(), cost, this.#rate)
    this.#fullAtMs = fullAtMs
    return retryAfterMs
  }
}
