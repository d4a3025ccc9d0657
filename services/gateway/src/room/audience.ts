// The sockets of one room: who hears what is new, and who is still catching up.
import type { RoomMetrics } from '@goftegu/metrics'
import type { Turn } from '../turn.ts'
import { type RoomEvent, showsEarlierMessage } from './event.ts'
import type { Level } from './levels.ts'
import type { Member, RoomSnapshot } from './member.ts'
import type { RecentEvents } from './recent-events.ts'
import { Replay, type ReplaySource, type ReplayStart } from './replay.ts'

export type AudienceContext = {
  turn: Turn
  recent: RecentEvents
  replays: ReplaySource
  metrics: RoomMetrics
  limits: { levelsWaitBytes: number; replayPage: number }
}

/** What an audience asks of its room. */
export type Stage = { readonly id: number; readonly epoch: string | null; readonly delivered: number }

/** Delivers events to members. An object per member exists only while they catch up; most rooms have four nulls here. */
export class Audience {
  /** Who hears live events. */
  readonly members = new Set<Member>()
  readonly #room: Stage
  readonly #context: AudienceContext
  /** Frames of this turn, not yet handed to the members. */
  #batch: Buffer[] | null = null
  /** Members that had more replayed than this room has heard: they skip what is coming up to there. */
  #ahead: Map<Member, number> | null = null
  /** Members that do not see the whole history, and from where they do. */
  #restricted: Map<Member, number> | null = null
  #replays: Map<Member, Replay> | null = null

  constructor(room: Stage, context: AudienceContext) {
    this.#room = room
    this.#context = context
  }

  get isEmpty(): boolean {
    return this.members.size === 0 && !this.#replays
  }

  /** Delivers the room's next event. */
  send(event: RoomEvent): void {
    if (this.#ahead || (this.#restricted && showsEarlierMessage(event))) this.#sendToEach(event)
    else if (this.members.size > 0) this.#gather(event.frame)
  }

  /** States are outside the order, but what was heard before them is written before them. */
  sendLevel({ key, frame, exceptUserId }: Level): void {
    this.flush()
    let told = 0
    for (const members of [this.members, this.#replays?.keys() ?? []]) {
      for (const member of members) {
        if (member.user.id === exceptUserId) continue
        member.exit.sendLevel(key, frame)
        told++
      }
    }
    this.#context.metrics.deliveries.inc('level', told)
  }

  /** Hands this turn's frames to every member, joined once for all. */
  flush(): void {
    const batch = this.#batch
    if (!batch) return
    this.#batch = null
    const bytes = batch.length === 1 ? batch[0]! : Buffer.concat(batch)
    for (const member of this.members) member.exit.send(bytes)
    this.#context.metrics.deliveries.inc('live', batch.length * this.members.size)
  }

  /** Brings a member from `start` to where the room is, then lets them hear what is new; in this turn if possible. */
  catchUp(member: Member, start: ReplayStart): void {
    const replay = new Replay({ room: this.#room, audience: this, member, ...start, ...this.#context })
    this.#replays ??= new Map()
    this.#replays.set(member, replay)
    void replay.run()
  }

  /** For a replay: the member has everything up to `position`. */
  goLive(member: Member, position: number, visibleFrom: number): void {
    this.flush()
    this.#endReplay(member)
    this.members.add(member)
    this.#restrict(member, visibleFrom)
    if (position <= this.#room.delivered) return
    this.#ahead ??= new Map()
    this.#ahead.set(member, position)
  }

  /** Whether somebody who sees messages from `visibleFrom` on may hear the event as it is; false where it is not known. */
  maySee(event: RoomEvent, visibleFrom: number): boolean {
    if (visibleFrom === 1 || !showsEarlierMessage(event)) return true
    return this.#context.recent.isVisible(this.#room.id, event.subject, visibleFrom)
  }

  /** A participant was removed with the change `seq`; a removal that a member had replayed lies before their return. */
  remove(userId: number, seq: number): void {
    for (const [member, replay] of this.#replays ?? []) if (isOf(userId, member)) replay.leaveAfter(seq)
    for (const member of this.members) {
      if (isOf(userId, member) && (this.#ahead?.get(member) ?? 0) < seq) this.expel(member)
    }
  }

  /** Tells everybody to begin anew with `frames`; those who are no participants any more have to go. Returns how many were told. */
  restart(frames: Buffer, { participants }: RoomSnapshot): number {
    this.flush()
    const visibleFrom = new Map(participants.map(participant => [participant.user_id, participant.visible_from]))
    const everybody = [...this.members, ...(this.#replays?.keys() ?? [])]
    this.#ahead = null
    for (const member of everybody) {
      const from = member.isStaff ? 1 : visibleFrom.get(member.user.id)
      if (from === undefined) {
        this.expel(member)
        continue
      }
      this.#endReplay(member)
      this.members.add(member)
      this.#restrict(member, from)
      member.exit.send(frames)
    }
    return this.members.size
  }

  /** Lets go of a member whose user is no participant any more, after everything before has been written. */
  expel(member: Member): void {
    this.flush()
    this.detach(member)
    member.removedFrom(this.#room.id)
  }

  detach(member: Member): void {
    this.members.delete(member)
    this.#ahead?.delete(member)
    this.#restricted?.delete(member)
    this.#endReplay(member)
  }

  #gather(frame: Buffer): void {
    if (!this.#batch) this.#context.turn.addRoom(this)
    this.#batch ??= []
    this.#batch.push(frame)
  }

  /** Who is ahead has the event; who may not see all that it shows gets it from the database, which leaves that out. */
  #sendToEach(event: RoomEvent): void {
    this.flush()
    for (const member of this.members) {
      if ((this.#ahead?.get(member) ?? 0) >= event.seq) continue
      const visibleFrom = this.#restricted?.get(member) ?? 1
      if (this.maySee(event, visibleFrom)) this.#sendTo(member, event)
      else this.#fallBack(member, event.seq, visibleFrom)
    }
    for (const [member, position] of this.#ahead ?? []) if (position <= event.seq) this.#ahead?.delete(member)
    if (this.#ahead?.size === 0) this.#ahead = null
  }

  #sendTo(member: Member, { frame }: RoomEvent): void {
    member.exit.send(frame)
    this.#context.metrics.deliveries.inc('live')
  }

  #fallBack(member: Member, seq: number, visibleFrom: number): void {
    this.detach(member)
    this.catchUp(member, { position: seq - 1, head: seq, visibleFrom, leaveAt: Number.POSITIVE_INFINITY })
  }

  #restrict(member: Member, visibleFrom: number): void {
    if (visibleFrom === 1) return void this.#restricted?.delete(member)
    this.#restricted ??= new Map()
    this.#restricted.set(member, visibleFrom)
  }

  #endReplay(member: Member): void {
    this.#replays?.get(member)?.cancel()
    this.#replays?.delete(member)
    if (this.#replays?.size === 0) this.#replays = null
  }
}

function isOf(userId: number, member: Member): boolean {
  return member.user.id === userId && !member.isStaff
}
