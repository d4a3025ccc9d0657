// How many sockets may arrive: so many a second, a short wait in line beyond, then a refusal that says when to return.
import type { EventEmitter } from 'node:events'
import { TokenBucket } from '@goftegu/bus'
import { ChatError } from '@goftegu/protocol'

type AdmissionLimits = { upgradesPerSecond: number; upgradeBurst: number; upgradeWaitMs: number }
type Place = { userId: number; admit: () => void; refuse: (error: ChatError) => void }
export type Arriving = { userId: number; socket: EventEmitter }

/** One user may hold this share of the line: a page that opens a hundred sockets leaves room for the others. */
const sharePerUser = 1 / 8
/** Who is refused is never sent away for longer. */
const mostRetryAfterSeconds = 60

/**
 * A token bucket with a line of bounded length before it, first come, first served. Ask it for those alone whose session
 * is known, or a flood of strangers would take the places.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  /** What is let in in the long run: with a burst before it, no second has more than `upgradesPerSecond`. */
  readonly #sustainedPerSecond: number
  readonly #bucket: TokenBucket
  readonly #now: () => number
  readonly #line = new Set<Place>()
  readonly #perUser = new Map<number, number>()
  #timer: NodeJS.Timeout | null = null
  /** When the last one who was refused would be let in, if all of them returned in turn. */
  #refusedUntilMs = 0

  /** `now` gives monotonic milliseconds. */
  constructor(limits: AdmissionLimits, now: () => number = () => performance.now()) {
    const { upgradesPerSecond, upgradeBurst } = limits
    this.#limits = limits
    this.#now = now
    this.#sustainedPerSecond = Math.max(1, upgradesPerSecond - upgradeBurst)
    this.#bucket = new TokenBucket({ limit: this.#sustainedPerSecond, windowMs: 1_000, burst: upgradeBurst }, now)
  }

  /** How many stand in line. */
  get waiting(): number {
    return this.#line.size
  }

  /**
   * Resolves when the arrival's turn has come; one whose connection ends gives its place up.
   * @throws ChatError `over_capacity` at once where the line is full; `draining` when `close` was called
   */
  async enter(arriving: Arriving): Promise<void> {
    if (this.#line.size === 0 && this.#bucket.take() === 0) return
    this.#refuseBeyond(arriving.userId)
    await this.#stand(arriving)
  }

  /** Sends everybody in line away: this replica stops. */
  close(): void {
    for (const place of [...this.#line]) this.#leave(place, new ChatError('draining'))
    if (this.#timer) clearTimeout(this.#timer)
  }

  async #stand({ userId, socket }: Arriving): Promise<void> {
    let giveUp = () => {}
    const turn = new Promise<void>((admit, refuse) => {
      const place = { userId, admit, refuse }
      giveUp = () => this.#leave(place, new ChatError('over_capacity'))
      this.#line.add(place)
      this.#perUser.set(userId, (this.#perUser.get(userId) ?? 0) + 1)
    })
    // 'end' as well: a server's socket stays half open when its peer is gone.
    for (const event of ['end', 'close']) socket.once(event, giveUp)
    if (!this.#timer) this.#admitDue()
    try {
      await turn
    } finally {
      for (const event of ['end', 'close']) socket.off(event, giveUp)
    }
  }

  #refuseBeyond(userId: number): void {
    const length = Math.max(1, Math.floor((this.#sustainedPerSecond * this.#limits.upgradeWaitMs) / 1_000))
    if (this.#line.size >= length) throw this.#refusal()
    if ((this.#perUser.get(userId) ?? 0) >= Math.max(1, length * sharePerUser)) throw new ChatError('over_capacity')
  }

  /** Each refusal names a later moment than the one before, or all of them would be back together. */
  #refusal(): ChatError {
    const { upgradeWaitMs } = this.#limits
    const nowMs = this.#now()
    const latestMs = nowMs + upgradeWaitMs + mostRetryAfterSeconds * 1_000
    const nextMs = Math.max(this.#refusedUntilMs, nowMs + upgradeWaitMs) + 1_000 / this.#sustainedPerSecond
    this.#refusedUntilMs = Math.min(nextMs, latestMs)
    return new ChatError('over_capacity', {
      retryAfterSeconds: Math.ceil((this.#refusedUntilMs - nowMs - upgradeWaitMs) / 1_000) || 1,
    })
  }

  #admitDue(): void {
    this.#timer = null
    for (const place of this.#line) {
      const waitMs = this.#bucket.take()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#admitDue(), waitMs)
        return
      }
      this.#leave(place, null)
    }
  }

  #leave(place: Place, error: ChatError | null): void {
    if (!this.#line.delete(place)) return
    const others = this.#perUser.get(place.userId)! - 1
    if (others > 0) this.#perUser.set(place.userId, others)
    else this.#perUser.delete(place.userId)
    if (error) place.refuse(error)
    else place.admit()
  }
}
