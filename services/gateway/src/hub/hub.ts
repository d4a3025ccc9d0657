// All rooms of this process: opened for those who arrive, closed when nobody is left.
import { type Broker, conversationChannel } from '@goftegu/bus'
import type { Actor, Chat, Snapshot } from '@goftegu/chat'
import type { Metrics } from '@goftegu/metrics'
import { ChatError } from '@goftegu/protocol'
import type { Logger } from '@goftegu/runtime'
import type { GatewayLimits } from '../limits.ts'
import type { Arrival } from '../room/arrival.ts'
import type { RoomSnapshot } from '../room/member.ts'
import { RecentEvents } from '../room/recent-events.ts'
import { Room, type RoomContext } from '../room/room.ts'
import { SharedQuery } from '../shared-query.ts'
import type { Turn } from '../turn.ts'
import { type Concern, Repair } from './repair.ts'
import { ReplayPages } from './replay-pages.ts'

type HubOptions = {
  broker: Broker
  chat: Pick<Chat, 'changes'>
  turn: Turn
  logger: Logger
  limits: GatewayLimits
  metrics: Pick<Metrics, 'rooms' | 'sockets'>
}

/** A place in a room, held for a socket that is on the way. */
export type Entrance = { room: Room; arrival: Arrival; snapshot: RoomSnapshot }

/** Snapshots that are taken again because the epoch changed between them and the room. */
const mostAttempts = 3
/** An upgrade that was prepared and has not come after so long has failed. */
const arrivalTimeoutMs = 30_000
/** Most conversations in one snapshot. */
const mostConversations = 500
/** Rooms whose read positions are read in one query. */
const readsSlice = 500

/** Knows conversations by number only: who may enter is asked here, what is said there concerns the room. */
export class Hub {
  readonly repair: Repair
  readonly #options: HubOptions
  readonly #rooms = new Map<number, Room>()
  readonly #subscribing = new Map<number, Promise<unknown>>()
  readonly #snapshots: SharedQuery<readonly number[], Snapshot>
  readonly #context: RoomContext

  constructor(options: HubOptions) {
    this.#options = options
    const { chat, turn, logger, limits, metrics } = options
    const { concurrentReads: concurrency, readPaceMs: paceMs } = limits
    this.#snapshots = new SharedQuery({
      ...{ concurrency, paceMs, mostCost: mostConversations, costOf: ids => ids.length },
      run: async asks => {
        const snapshot = await chat.changes.snapshot([...new Set(asks.flat())])
        return asks.map(() => snapshot)
      },
    })
    const reopen = (rooms: Room[]) => this.#reopen(rooms)
    const mistrust = (rooms: Room[]) => this.#renew(rooms)
    this.repair = new Repair({
      rooms: this.#rooms,
      changes: chat.changes,
      reopen,
      mistrust,
      logger,
      limits,
      metrics: metrics.rooms,
    })
    this.#context = {
      turn,
      limits,
      metrics: metrics.rooms,
      arrivals: metrics.sockets,
      recent: new RecentEvents({ maxBytes: limits.recentBytes, maxPerRoom: limits.recentPerRoom }),
      replays: new ReplayPages({
        changes: chat.changes,
        concurrency,
        paceMs,
        onError: err => logger.warn({ err }, 'a replay failed'),
      }),
      onHole: room => this.repair.noteHole(room),
      onUnknown: room => this.repair.doubt(room),
      onForeign: () => void this.repair.compare(),
    }
    metrics.rooms.open.readFrom(() => this.#rooms.size)
    metrics.rooms.recentBytes.readFrom(() => this.#context.recent.bytes)
  }

  get rooms(): ReadonlyMap<number, Room> {
    return this.#rooms
  }

  /** Hands announced bytes to their room, if it is open here. No bytes are a nudge: something was lost. */
  receive(conversationId: number, bytes: Buffer): void {
    const room = this.#rooms.get(conversationId)
    if (!room) return
    if (bytes.length > 0) room.receive(bytes)
    else this.repair.doubt(room)
  }

  /**
   * Opens rooms: subscribes to all that are new in one batch, waits until that is acknowledged, and only then takes
   * one snapshot. The other order would lose what is committed in between. Rejects as `chat` does.
   */
  async openMany(conversationIds: readonly number[]): Promise<Snapshot> {
    await this.#subscribe(conversationIds)
    const snapshot = await this.#snapshots.ask(conversationIds)
    for (const id of conversationIds) {
      const conversation = snapshot.conversations.get(id)
      if (conversation) this.#rooms.get(id)?.open({ epoch: snapshot.epoch, ...conversation })
    }
    return snapshot
  }

  /**
   * Opens the room for the actor, in one query, and holds a place until `Room.attach` or `Room.dismiss`.
   * @throws ChatError `conversation_not_found` (strangers too), `unavailable`
   */
  async enter(conversationId: number, actor: Actor): Promise<Entrance> {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const room = this.#roomOf(conversationId)
      const arrival = room.expect(actor.id)
      try {
        const snapshot = await this.#snapshotFor(conversationId, actor)
        if (snapshot.epoch === room.epoch) return { room, arrival, snapshot }
      } catch (error) {
        this.#leave(room, arrival)
        throw error
      }
      room.dismiss(arrival)
      await this.repair.compare()
    }
    throw new ChatError('unavailable')
  }

  /** Reads all read positions anew: nothing shows that the notice of one was lost. */
  async refreshReads(isConcerned: Concern = () => true): Promise<void> {
    const rooms = [...this.#rooms.values()].filter(room => !room.isEmpty && isConcerned(room.id))
    for (let i = 0; i < rooms.length; i += readsSlice) {
      const slice = rooms.slice(i, i + readsSlice)
      const { epoch, conversations } = await this.#snapshots.ask(slice.map(room => room.id))
      for (const room of slice) {
        const conversation = conversations.get(room.id)
        if (conversation) room.learnReads({ epoch, ...conversation })
      }
    }
  }

  /** Closes rooms that have been empty for `lingerMs`. */
  sweep(lingerMs = this.#options.limits.lingerMs): void {
    const nowMs = performance.now()
    for (const room of this.#rooms.values()) room.dismissOlderThan(arrivalTimeoutMs)
    this.#close([...this.#rooms.values()].filter(room => room.isEmpty && nowMs - room.emptySinceMs >= lingerMs))
  }

  close(): void {
    this.repair.close()
    this.#close([...this.#rooms.values()])
  }

  async #snapshotFor(conversationId: number, actor: Actor): Promise<RoomSnapshot> {
    const { epoch, conversations } = await this.openMany([conversationId])
    const conversation = conversations.get(conversationId)
    const isParticipant = conversation?.participants.some(participant => participant.user_id === actor.id)
    if (!conversation || !(isParticipant || actor.is_staff)) throw new ChatError('conversation_not_found')
    return { epoch, ...conversation }
  }

  #roomOf(conversationId: number): Room {
    const known = this.#rooms.get(conversationId)
    if (known) return known
    const room = new Room(conversationId, this.#context)
    this.#rooms.set(conversationId, room)
    return room
  }

  async #subscribe(conversationIds: readonly number[]): Promise<void> {
    const added = conversationIds.filter(id => this.#roomOf(id).epoch === null && !this.#subscribing.has(id))
    if (added.length > 0) {
      // `pending` is no reason to refuse: the bus says so when it is silent, and the heads are compared.
      const subscribed = this.#options.broker.subscribe(added.map(conversationChannel)).finally(() => {
        for (const id of added) this.#subscribing.delete(id)
      })
      for (const id of added) this.#subscribing.set(id, subscribed)
    }
    await Promise.all(conversationIds.map(id => this.#subscribing.get(id)))
  }

  /** A room that could not be opened is not kept: it would be a subscription for nobody. */
  #leave(room: Room, arrival: Arrival): void {
    room.dismiss(arrival)
    if (room.isEmpty && room.epoch === null && this.#rooms.get(room.id) === room) this.#close([room])
  }

  #close(rooms: Room[]): void {
    for (const room of rooms) {
      room.close()
      this.#rooms.delete(room.id)
    }
    if (rooms.length > 0) void this.#options.broker.unsubscribe(rooms.map(room => conversationChannel(room.id)))
  }

  /** Where the bus says that it hears all, and does not, it may have lost the subscription itself. */
  #renew(rooms: Room[]): void {
    const { broker, logger } = this.#options
    const channels = rooms.map(room => conversationChannel(room.id)).filter(channel => broker.hears(channel))
    if (channels.length === 0) return
    logger.info({ rooms: channels.length }, 'the bus lost something without a word: subscribing anew')
    broker.renew(channels)
  }

  async #reopen(rooms: Room[]): Promise<void> {
    this.#options.logger.warn({ rooms: rooms.length }, 'rooms begin anew')
    for (const room of rooms) room.expectSnapshot()
    const { epoch, conversations } = await this.#snapshots.ask(rooms.map(room => room.id))
    for (const room of rooms) {
      const conversation = conversations.get(room.id)
      if (conversation && this.#rooms.get(room.id) === room) room.reopen({ epoch, ...conversation })
    }
  }
}
