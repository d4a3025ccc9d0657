// One conversation as this process hears it: its order, its states, its sockets.
import type { SocketMetrics } from '@goftegu/metrics'
import { type Change, closeCodes, decodeHeader, type Header, mayBeChange } from '@goftegu/protocol'
import { begin } from '@goftegu/tracing'
import { Arrival } from './arrival.ts'
import { Audience, type AudienceContext, type Stage } from './audience.ts'
import { currentEvent, type RoomEvent, roomEvent } from './event.ts'
import { positionFrames, readyFrame, resyncFrame } from './frames.ts'
import { type Level, Levels } from './levels.ts'
import type { Member, RoomSnapshot } from './member.ts'
import { type Resume, startOf } from './resume.ts'
import { type Hole, Sequence } from './sequence.ts'

/** What all rooms of a process share. */
export type RoomContext = AudienceContext & {
  limits: { maxReplayChanges: number; typingTimeoutMs: number }
  arrivals: Pick<SocketMetrics, 'reconnects' | 'resyncs'>
  /** A number is missing. */
  onHole: (room: Room) => void
  /** A change was announced in words of another version. */
  onUnknown: (room: Room) => void
  /** Something of another epoch was heard. */
  onForeign: () => void
}

/** Delivers a conversation's events in order to the sockets that are attached; made for being many and idle. */
export class Room implements Stage {
  readonly id: number
  emptySinceMs = performance.now()
  readonly #context: RoomContext
  readonly #audience: Audience
  /** Made when the first state comes. */
  #levels: Levels | null = null
  readonly #sequence = new Sequence<RoomEvent>(this)
  #arrivals: Set<Arrival> | null = null
  #isClosed = false

  constructor(id: number, context: RoomContext) {
    this.id = id
    this.#context = context
    this.#audience = new Audience(this, context)
  }

  get epoch(): string | null {
    return this.#sequence.epoch
  }

  get delivered(): number {
    return this.#sequence.delivered
  }

  /** Whether it is over: nothing of it is missed any more, and nothing is told. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What is known to be missing; nothing where the room is closed. */
  hole(): Hole | null {
    return this.#isClosed ? null : this.#sequence.hole()
  }

  /** Whether nobody is here, on the way here, or catching up. */
  get isEmpty(): boolean {
    return this.#audience.isEmpty && !this.#arrivals
  }

  /** Takes what the bus or this process itself announces: encoded bytes, which may be a view, or of another version. */
  receive(bytes: Buffer): void {
    const header = decodeHeader(bytes)
    if (!header) {
      if (mayBeChange(bytes)) this.#context.onUnknown(this)
    } else if (!header.isNumbered) this.#receiveLevel(header, bytes)
    else if (!this.#sequence.isStale(header.epoch, header.seq)) this.#receiveEvent(header, bytes)
  }

  /** Takes what the database said of this room's hole, in order. */
  supply(changes: readonly Change[]): void {
    const epoch = changes[0]?.epoch
    if (epoch === undefined || this.#isClosed) return
    if (this.#sequence.supply(epoch, changes.map(currentEvent)) === 'foreign') this.#context.onForeign()
  }

  /** Opens the room at the snapshot; nothing where it is open already. */
  open(snapshot: RoomSnapshot): void {
    if (this.epoch === null) this.#begin(snapshot)
  }

  /** Compares with the database's head. */
  learn(epoch: string, head: number): 'even' | 'behind' | 'foreign' {
    return this.#sequence.learn(epoch, head)
  }

  /** Tells the read positions of which a notice was lost. */
  learnReads({ epoch, participants }: RoomSnapshot): void {
    if (epoch !== this.epoch || !participants.some(hasRead)) return
    const { recent } = this.#context
    this.#openLevels().learnReads(epoch, participants, (userId, seq) => recent.isSentBy(this.id, userId, seq))
  }

  /**
   * To be called before the snapshot is asked for at which the room begins anew: what had been announced by now is in it,
   * unless the database lost it. Kept, that would be missed again and again, and never be found.
   */
  expectSnapshot(): void {
    this.#sequence.forgetHeld()
  }

  /** Begins anew at the snapshot, because the epoch changed or too much was missed; every socket hears `resync`. */
  reopen(snapshot: RoomSnapshot): void {
    this.#context.recent.forget(this.id)
    this.#levels?.forgetReads(snapshot.participants)
    const frames = [resyncFrame(snapshot.last_seq, snapshot.epoch), positionFrames(this.id, snapshot)]
    const told = this.#audience.restart(Buffer.concat(frames), snapshot)
    this.#context.arrivals.resyncs.inc('room', told)
    this.#begin(snapshot)
  }

  /** Someone is on the way: from now on what concerns them is noted. */
  expect(userId: number): Arrival {
    const arrival = new Arrival(userId)
    this.#arrivals ??= new Set()
    this.#arrivals.add(arrival)
    return arrival
  }

  /** They did not come, or are here. */
  dismiss(arrival: Arrival): void {
    if (this.#arrivals?.delete(arrival) && this.#arrivals.size === 0) this.#arrivals = null
    this.#noteEmpty()
  }

  /** Forgets who has been on the way for longer than `ms`: an upgrade that failed after its preparation. */
  dismissOlderThan(ms: number): void {
    for (const arrival of this.#arrivals ?? []) {
      if (performance.now() - arrival.createdAtMs > ms) this.dismiss(arrival)
    }
  }

  /** Attaches a socket in one turn: `ready`, the positions, then what it missed, then what is new. */
  attach(member: Member, arrival: Arrival, snapshot: RoomSnapshot, resume: Resume): void {
    this.dismiss(arrival)
    const { epoch, last_seq: head, participants } = snapshot
    if (epoch !== this.epoch) {
      member.close(closeCodes.restarting, '0')
      return
    }
    const own = participants.find(participant => participant.user_id === member.user.id)
    const visibleFrom = member.isStaff ? 1 : (own?.visible_from ?? 1)
    const newest = Math.max(head, this.delivered)
    const { maxReplayChanges } = this.#context.limits
    const { position, isResync } = startOf(resume, { epoch, head, newest, visibleFrom, maxReplayChanges })
    member.exit.send(readyFrame(position, epoch, member.user))
    if (isResync) member.exit.send(resyncFrame(position, epoch))
    if (resume) this.#noteReconnect(isResync)
    this.#tellPositions(member, arrival, snapshot)
    if (this.learn(epoch, head) === 'behind') this.#context.onHole(this)
    const leaveAt = member.isStaff ? Number.POSITIVE_INFINITY : arrival.removalAfter(head)
    this.#audience.catchUp(member, { position, head, visibleFrom, leaveAt })
  }

  /** Lets go of a member whose connection ends. */
  detach(member: Member): void {
    this.#audience.detach(member)
    this.#noteEmpty()
  }

  /** For its sequence: the next event. */
  deliver(event: RoomEvent): void {
    this.#context.metrics.events.inc(event.kind)
    this.#context.recent.add(this.id, event)
    this.#traceDelivery(event)
    this.#audience.send(event)
    if (event.kind === 'participant_removed') this.#remove(event.subject, event.seq)
  }

  /** Ends what this room keeps outside of itself, for good: the conversation's next room has the same place there. */
  close(): void {
    this.#isClosed = true
    this.#levels?.clear()
    this.#context.recent.forget(this.id)
  }

  /** What had been held may begin beyond the snapshot: then something in between is missing. */
  #begin({ epoch, last_seq }: RoomSnapshot): void {
    this.#sequence.open(epoch, last_seq)
    if (this.hole()) this.#context.onHole(this)
  }

  #remove(userId: number, seq: number): void {
    this.#levels?.endTyping(userId)
    for (const arrival of this.#arrivals ?? []) arrival.noteRemoval(userId, seq)
    this.#audience.remove(userId, seq)
    this.#noteEmpty()
  }

  #receiveEvent(header: Header, bytes: Buffer): void {
    const verdict = this.#sequence.offer(header.epoch, header.seq, roomEvent(header, bytes))
    if (verdict === 'foreign') this.#context.onForeign()
    if (verdict === 'held' && this.epoch !== null) this.#context.onHole(this)
  }

  #receiveLevel(header: Header, bytes: Buffer): void {
    if (header.epoch === this.epoch || header.kind === 'user_typing') this.#openLevels().receive(header, bytes)
    else if (this.epoch !== null) this.#context.onForeign()
  }

  #openLevels(): Levels {
    const { typingTimeoutMs } = this.#context.limits
    this.#levels ??= new Levels(this.id, typingTimeoutMs, level => this.#tell(level))
    return this.#levels
  }

  #tell(level: Level): void {
    for (const arrival of this.#arrivals ?? []) arrival.noteRead(level)
    this.#audience.sendLevel(level)
  }

  #tellPositions(member: Member, arrival: Arrival, snapshot: RoomSnapshot): void {
    const positions = positionFrames(this.id, snapshot, (userId, readSeq) => arrival.readSeq(userId, readSeq))
    if (positions.length > 0) member.exit.send(positions)
    // What is news to this room is news to those who are here.
    this.learnReads(snapshot)
  }

  /** From the event reaching its room to the end of the turn that writes it; where its sender is traced. */
  #traceDelivery({ seq }: RoomEvent): void {
    const sockets = this.#audience.members.size
    if (sockets === 0) return
    const span = begin('deliver', {
      attributes: { 'goftegu.conversation_id': this.id, 'goftegu.seq': seq, 'goftegu.sockets': sockets },
    })
    if (span) this.#context.turn.endWith(span)
  }

  #noteReconnect(isResync: boolean): void {
    const { reconnects, resyncs } = this.#context.arrivals
    reconnects.inc(isResync ? 'resynced' : 'resumed')
    if (isResync) resyncs.inc('arrival')
  }

  #noteEmpty(): void {
    if (this.isEmpty) this.emptySinceMs = performance.now()
  }
}

function hasRead({ read_seq }: { read_seq: number }): boolean {
  return read_seq > 0
}
