// How many frames a socket may send, and when it has been told often enough.
import { TokenBucket } from '@goftegu/bus'

type AllowanceLimits = { framesPerSecond: number; frameBurst: number; floodFrames: number; floodWindowMs: number }
export type Allowance = { outcome: 'taken' } | { outcome: 'refused'; retryAfterMs: number } | { outcome: 'flood' }

const taken: Allowance = { outcome: 'taken' }

/** A local token bucket; every frame counts, whatever its type. */
export class FrameAllowance {
  readonly #bucket: TokenBucket
  readonly #limits: AllowanceLimits
  /** When the newest refusals were, oldest first; no more than make a flood. */
  #refusals: number[] = []

  constructor(limits: AllowanceLimits) {
    this.#limits = limits
    this.#bucket = new TokenBucket({ limit: limits.framesPerSecond, windowMs: 1_000, burst: limits.frameBurst })
  }

  take(): Allowance {
    const retryAfterMs = this.#bucket.take()
    if (retryAfterMs === 0) return taken
    const nowMs = performance.now()
    this.#refusals.push(nowMs)
    if (this.#refusals.length < this.#limits.floodFrames) return { outcome: 'refused', retryAfterMs }
    const oldest = this.#refusals.shift()!
    const isFlood = nowMs - oldest <= this.#limits.floodWindowMs
    return isFlood ? { outcome: 'flood' } : { outcome: 'refused', retryAfterMs }
  }
}
