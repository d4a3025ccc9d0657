// One socket catching up with its room: from memory where it reaches, else in pages.
import type { RoomMetrics } from '@goftegu/metrics'
import { closeCodes } from '@goftegu/protocol'
import type { Audience, Stage } from './audience.ts'
import { isRemovalOf, type RoomEvent } from './event.ts'
import type { Member } from './member.ts'
import type { RecentEvents } from './recent-events.ts'
import type { Current } from './sequence.ts'

export type PageRequest = { conversationId: number; epoch: string; since: number; until: number; visibleFrom: number }

/** Changes as the database has them now, in order. */
export type Page = Current<RoomEvent>[]

/** Reads a page of changes from the database, every number from `since` + 1 to `until`; null where it cannot. */
export type ReplaySource = { page(request: PageRequest): Promise<Page | null> }

export type ReplayStart = {
  /** What the member has, so far. */
  position: number
  /** The snapshot's head: the member is caught up no sooner than there. */
  head: number
  visibleFrom: number
  /** The number of the member's removal, Infinity where there is none. */
  leaveAt: number
}

type ReplayOptions = ReplayStart & {
  room: Stage
  audience: Audience
  member: Member
  recent: RecentEvents
  replays: ReplaySource
  limits: { replayPage: number; levelsWaitBytes: number }
  metrics: Pick<RoomMetrics, 'deliveries'>
}

/** How long a client waits before it comes back after a replay that the database broke off, in milliseconds. */
const retryDelayMs = '1000'

/**
 * Nothing queues behind a replay: what happens meanwhile is read in the next step, at last from memory, and in that
 * same turn the member goes live. So there is no bound to overflow, and no text that was deleted meanwhile.
 */
export class Replay {
  readonly #options: ReplayOptions
  #position: number
  /** The latest number whose state the member was shown: up to there nothing may come as it was announced. */
  #horizon = 0
  #leaveAt: number
  #isCancelled = false

  constructor(options: ReplayOptions) {
    this.#options = options
    this.#position = options.position
    this.#leaveAt = options.leaveAt
  }

  cancel(): void {
    this.#isCancelled = true
  }

  /** The member's user was removed with the change `seq`: that is the last one they hear. */
  leaveAfter(seq: number): void {
    if (seq > this.#options.head) this.#leaveAt = Math.min(this.#leaveAt, seq)
  }

  /** Begins in this turn; ends with the member live, expelled, closed or gone. Never rejects. */
  async run(): Promise<void> {
    const { member } = this.#options
    while (!this.#isCancelled && !this.#finish()) {
      const page = await this.#readPage()
      if (this.#isCancelled) return
      if (!page) return member.close(closeCodes.restarting, retryDelayMs)
      this.#sendPage(page)
      await member.exit.drained()
    }
  }

  /** How far the member has to come before it is live, or has to go. */
  get #target(): number {
    return Math.min(Math.max(this.#options.room.delivered, this.#options.head, this.#horizon), this.#leaveAt)
  }

  #finish(): boolean {
    const { audience, member, visibleFrom } = this.#options
    if (this.#position < this.#target && !this.#sendRecent()) return false
    if (this.#position >= this.#leaveAt) audience.expel(member)
    else audience.goLive(member, this.#position, visibleFrom)
    return true
  }

  /** Sends what is missing from memory, in one turn; false where memory lacks it or it is too much for one write. */
  #sendRecent(): boolean {
    const { room, audience, recent, limits, visibleFrom } = this.#options
    const target = this.#target
    if (room.delivered < target) return false
    const events = recent.after(room.id, this.#position)?.filter(event => event.seq <= target)
    if (!events?.every(event => audience.maySee(event, visibleFrom))) return false
    const bytes = events.reduce((sum, event) => sum + event.frame.length, 0)
    if (bytes > limits.levelsWaitBytes) return false
    this.#send(events)
    this.#position = target
    return true
  }

  /** A page may reach beyond what the room has heard: whether this member was removed there, the page itself says. */
  #sendPage(page: Page): void {
    for (const { seq, changedSeq, event } of page) {
      this.#horizon = Math.max(this.#horizon, changedSeq)
      if (isRemovalOf(this.#options.member, event)) this.leaveAfter(seq)
    }
    this.#send(page.filter(({ seq }) => seq <= this.#leaveAt).map(({ event }) => event))
  }

  #send(events: RoomEvent[]): void {
    const { member, metrics } = this.#options
    member.exit.send(Buffer.concat(events.map(event => event.frame)))
    metrics.deliveries.inc('replayed', events.length)
  }

  async #readPage(): Promise<Page | null> {
    const { room, visibleFrom, replays, limits } = this.#options
    const since = this.#position
    const until = Math.min(since + limits.replayPage, this.#target)
    const page = await replays.page({ conversationId: room.id, epoch: room.epoch!, since, until, visibleFrom })
    this.#position = until
    return page
  }
}
