// Finds what the bus lost, by asking the database, and fills it in.
import { setTimeout as delay } from 'node:timers/promises'
import type { Chat } from '@goftegu/chat'
import type { RoomMetrics } from '@goftegu/metrics'
import type { Logger } from '@goftegu/runtime'
import type { Room } from '../room/room.ts'
import type { Hole } from '../room/sequence.ts'

export type RepairLimits = {
  holeDelayMs: number
  holeDelayMaxMs: number
  compareSlice: number
  maxReplayChanges: number
  replayPage: number
}

/** Which conversations something is about. */
export type Concern = (conversationId: number) => boolean

type RepairOptions = {
  rooms: ReadonlyMap<number, Room>
  changes: Pick<Chat['changes'], 'heads' | 'fill'>
  /** Takes a fresh snapshot and lets these rooms begin anew. */
  reopen: (rooms: Room[]) => Promise<void>
  /** The bus lost something of these rooms, and has not said so. */
  mistrust: (rooms: Room[]) => void
  logger: Logger
  limits: RepairLimits
  metrics: Pick<RoomMetrics, 'holesFound' | 'holesFilled' | 'holesUnfilled' | 'comparisons'>
}

/** How long a failed query waits before it is tried again, in milliseconds. */
const retryMs = 500
const everything: Concern = () => true

/** Never throws and never rejects: what fails is logged, and tried again. */
export class Repair {
  readonly #options: RepairOptions
  /** Rooms with a hole, each counted once until it is closed. */
  readonly #open = new Set<Room>()
  /** Those whose hole is to be looked at in the next round. */
  readonly #holed = new Set<Room>()
  readonly #doubted = new Set<Room>()
  /** Behind, and nobody had said that anything might be lost. */
  readonly #unexplained = new Set<Room>()
  readonly #concerns = new Set<Concern>()
  #isFilling = false
  #comparison: Promise<void> = Promise.resolve()
  #nextComparison: Promise<void> | null = null
  #isClosed = false

  constructor(options: RepairOptions) {
    this.#options = options
  }

  /** A number is missing: unless it comes by itself within 30 to 60 ms, it is fetched. */
  noteHole(room: Room): void {
    if (!this.#open.has(room)) this.#options.metrics.holesFound.inc()
    this.#open.add(room)
    this.#holed.add(room)
    if (this.#isFilling) return
    this.#isFilling = true
    void this.#fillSoon()
  }

  /** Something may have been lost in this room: its head is compared, with those of others that are doubted. */
  doubt(room: Room): void {
    this.#doubted.add(room)
    if (this.#doubted.size === 1) setImmediate(() => void this.#compareDoubted())
  }

  /** Compares heads, in a run that begins after this call; calls during a run share the next one. */
  compare(isConcerned: Concern = everything): Promise<void> {
    this.#concerns.add(isConcerned)
    this.#nextComparison ??= this.#comparison.then(() => {
      this.#nextComparison = null
      const concerns = [...this.#concerns]
      this.#concerns.clear()
      const rooms = [...this.#options.rooms.values()].filter(({ id }) => concerns.some(concern => concern(id)))
      this.#comparison = this.#compareRooms(rooms)
      return this.#comparison
    })
    return this.#nextComparison
  }

  /** Compares all heads for no reason: what is found to be missing then, the bus has lost without a word. */
  patrol(): void {
    if (this.#nextComparison) return
    const rooms = [...this.#options.rooms.values()]
    this.#comparison = this.#comparison.then(() => this.#compareRooms(rooms, room => this.#unexplained.add(room)))
  }

  close(): void {
    this.#isClosed = true
  }

  #compareDoubted(): Promise<void> {
    const rooms = [...this.#doubted]
    this.#doubted.clear()
    return this.#compareRooms(rooms)
  }

  async #compareRooms(rooms: Room[], onBehind?: (room: Room) => void): Promise<void> {
    const { compareSlice } = this.#options.limits
    for (let i = 0; i < rooms.length && !this.#isClosed; i += compareSlice) {
      await this.#attempt('comparing heads failed', () =>
        this.#compareSlice(rooms.slice(i, i + compareSlice), onBehind),
      )
    }
  }

  async #compareSlice(rooms: Room[], onBehind?: (room: Room) => void): Promise<void> {
    this.#options.metrics.comparisons.inc()
    const { epoch, heads } = await this.#options.changes.heads(rooms.map(room => room.id))
    const foreign: Room[] = []
    for (const room of rooms) {
      const head = heads.get(room.id)
      const verdict = head === undefined ? 'even' : room.learn(epoch, head)
      if (verdict === 'behind') {
        onBehind?.(room)
        this.noteHole(room)
      }
      if (verdict === 'foreign') foreign.push(room)
    }
    if (foreign.length > 0) await this.#options.reopen(foreign)
  }

  async #fillSoon(): Promise<void> {
    while (this.#holed.size > 0 && !this.#isClosed) {
      const { holeDelayMs, holeDelayMaxMs } = this.#options.limits
      await delay(holeDelayMs + Math.random() * (holeDelayMaxMs - holeDelayMs))
      const rooms = [...this.#holed].filter(room => room.hole())
      this.#noteClosed(this.#holed, () => this.#options.metrics.holesFilled.inc('bus'))
      this.#holed.clear()
      this.#mistrust(rooms)
      if (rooms.length === 0) continue
      const isDone = await this.#attempt('filling holes failed', () => this.#fill(rooms))
      if (isDone) continue
      await delay(retryMs)
      for (const room of rooms) this.#holed.add(room)
    }
    this.#isFilling = false
  }

  /** What was only on its way has come by now. */
  #mistrust(holed: Room[]): void {
    const unexplained = holed.filter(room => this.#unexplained.has(room))
    this.#unexplained.clear()
    if (unexplained.length > 0) this.#options.mistrust(unexplained)
  }

  async #fill(rooms: Room[]): Promise<void> {
    const { changes, limits, metrics, reopen } = this.#options
    const holes = rooms.flatMap(room => holeOf(room))
    const near = holes.filter(({ since, until }) => until - since <= limits.maxReplayChanges)
    const asked = near.map(hole => ({ ...hole, until: Math.min(hole.until, hole.since + limits.replayPage) }))
    const ranges = asked.map(({ room, since, until }) => ({ conversation_id: room.id, since, until }))
    const found = Map.groupBy(await changes.fill(ranges), change => change.conversation_id)
    for (const { room } of asked) room.supply(found.get(room.id) ?? [])
    const unfilled = asked.filter(
      ({ room, epoch, until }) => !room.isClosed && room.epoch === epoch && room.delivered < until,
    )
    for (const { room, since, until } of unfilled) {
      this.#options.logger.error({ conversation_id: room.id, since, until }, 'a hole that cannot be filled')
    }
    const lost = new Set([...unfilled, ...holes.filter(hole => !near.includes(hole))].map(({ room }) => room))
    for (const { room } of near) if (room.hole() && !lost.has(room)) this.#holed.add(room)
    this.#noteClosed(
      near.map(({ room }) => room),
      () => metrics.holesFilled.inc('database'),
    )
    if (lost.size === 0) return
    await reopen([...lost])
    this.#noteClosed(lost, () => metrics.holesUnfilled.inc())
  }

  /** A room that was closed meanwhile misses nothing any more, and nothing was filled. */
  #noteClosed(rooms: Iterable<Room>, note: () => void): void {
    for (const room of rooms) if (!room.hole() && this.#open.delete(room) && !room.isClosed) note()
  }

  async #attempt(failure: string, run: () => Promise<void>): Promise<boolean> {
    try {
      await run()
      return true
    } catch (err) {
      if (!this.#isClosed) this.#options.logger.warn({ err }, failure)
      return false
    }
  }
}

function holeOf(room: Room): (Hole & { room: Room; epoch: string | null })[] {
  const hole = room.hole()
  return hole ? [{ room, epoch: room.epoch, ...hole }] : []
}
