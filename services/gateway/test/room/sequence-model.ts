// A world for generated histories: a database, a bad bus, one room, its sockets.
import { Sequence } from '../../src/room/sequence.ts'

export type Step =
  | { type: 'commit'; count: number }
  | { type: 'arrive' | 'arrive_twice' | 'lose' | 'answer'; at: number }
  | { type: 'ask_head' }
  | { type: 'ask_fill' }
  | { type: 'snapshot' }
  | { type: 'attach'; at: number; back: number }
  | { type: 'fail_over'; lost: number }

/**
 * An event that tells histories apart: number 5 of one epoch is not number 5 of the next. `shown` is the number whose
 * state it carries: its own as announced, a later one as read from the database.
 */
type Event = { epoch: string; seq: number; shown: number }
/** What the database answered, on its way back; meanwhile the world goes on. */
type Answer =
  | { type: 'head'; epoch: string; head: number }
  | { type: 'fill'; epoch: string; events: Event[] }
  | { type: 'snapshot'; epoch: string; head: number }
/** It stands at `start` and hears live what comes after `from`. */
type Socket = { start: number; from: number; shown: number; heard: string[] }

export class World {
  readonly sockets: Socket[] = []
  readonly #fills: boolean
  readonly #sequence: Sequence<Event>
  #epoch = 1
  #head = 0
  #bus: Event[] = []
  #answers: Answer[] = []

  constructor({ fills }: { fills: boolean }) {
    this.#fills = fills
    this.#sequence = new Sequence({ deliver: event => this.#deliver(event) })
    this.#answers.push(this.#snapshot())
  }

  take(step: Step): void {
    if (step.type === 'commit') this.#commit(step.count)
    else if (step.type === 'ask_head') this.#answers.push({ type: 'head', epoch: this.#name, head: this.#head })
    else if (step.type === 'ask_fill') this.#askFill()
    else if (step.type === 'snapshot') this.#answers.push(this.#snapshot())
    else if (step.type === 'fail_over') this.#failOver(step.lost)
    else if (step.type === 'attach') this.#attach(step.at, step.back)
    else if (step.type === 'answer') this.#hear(this.#pick(this.#answers, step.at))
    else this.#arrive(step.type, step.at)
  }

  /** No more faults: what is under way arrives, heads are compared, holes are filled. */
  quiesce(): void {
    for (const answer of this.#answers.splice(0)) this.#hear(answer)
    if (this.#sequence.epoch === null) this.#hear(this.#snapshot())
    for (const event of this.#bus.splice(0)) this.#offer(event)
    this.#compare()
    this.#hear({ type: 'fill', epoch: this.#name, events: this.#fill() })
  }

  /** From where it stood to the head, nothing else. */
  expectationOf(socket: Socket): string[] {
    return Array.from({ length: this.#head - socket.start }, (_, i) => `${this.#name}:${socket.start + i + 1}`)
  }

  /** One fill at a time, as in the repair. */
  #askFill(): void {
    const isFilling = this.#answers.some(({ type }) => type === 'fill')
    if (!isFilling) this.#answers.push({ type: 'fill', epoch: this.#name, events: this.#fill() })
  }

  get #name(): string {
    return `epoch ${this.#epoch}`
  }

  #snapshot(): Answer {
    return { type: 'snapshot', epoch: this.#name, head: this.#head }
  }

  #commit(count: number): void {
    for (let i = 0; i < count; i++) this.#bus.push({ epoch: this.#name, seq: ++this.#head, shown: this.#head })
  }

  /** The standby lacks the last commits, and issues their numbers again in an epoch of its own. */
  #failOver(lost: number): void {
    this.#epoch += 1
    this.#head = Math.max(0, this.#head - lost)
  }

  #arrive(type: 'arrive' | 'arrive_twice' | 'lose', at: number): void {
    const event = this.#pick(this.#bus, at)
    if (!event || type === 'lose') return
    this.#offer(event)
    if (type === 'arrive_twice') this.#bus.push(event)
  }

  #pick<T>(list: T[], at: number): T | undefined {
    return list.length === 0 ? undefined : list.splice(at % list.length, 1)[0]
  }

  #offer(event: Event): void {
    if (this.#sequence.offer(event.epoch, event.seq, event) === 'foreign') this.#compare()
  }

  #fill(): Event[] {
    if (!this.#fills) return []
    const hole = this.#sequence.epoch === this.#name ? this.#sequence.hole() : null
    if (!hole) return []
    const { since, until } = hole
    return Array.from({ length: Math.min(until, this.#head) - since }, (_, i) => this.#current(since + i + 1))
  }

  #hear(answer: Answer | undefined): void {
    if (answer?.type === 'fill') this.#supply(answer.epoch, answer.events)
    if (answer?.type === 'head') this.#learn(answer.epoch, answer.head)
    if (answer?.type === 'snapshot' && this.#sequence.epoch === null) {
      this.#sequence.open(answer.epoch, answer.head)
      this.#compare()
    }
  }

  /** Read from the database: every message was changed by the very last change. */
  #current(seq: number): Event {
    return { epoch: this.#name, seq, shown: this.#head }
  }

  #supply(epoch: string, events: Event[]): void {
    const current = events.map(event => ({ seq: event.seq, changedSeq: event.shown, event }))
    if (this.#sequence.supply(epoch, current) === 'foreign') this.#compare()
  }

  #learn(epoch: string, head: number): void {
    if (this.#sequence.learn(epoch, head) === 'foreign') this.#reopen()
  }

  #compare(): void {
    this.#learn(this.#name, this.#head)
  }

  /** A new snapshot, and `resync` to every socket. */
  #reopen(): void {
    for (const socket of this.sockets) {
      Object.assign(socket, { start: this.#head, from: this.#head, shown: 0, heard: [] })
    }
    this.#sequence.open(this.#name, this.#head)
  }

  /** A socket comes with an older snapshot, or with `since`; what lies between is replayed from the database. */
  #attach(age: number, back: number): void {
    if (this.#sequence.epoch !== this.#name) return
    const head = this.#sequence.delivered + (age % (this.#head - this.#sequence.delivered + 1))
    const start = Math.max(0, head - back)
    const standing = Math.max(head, this.#sequence.delivered)
    // A replay shows the state of the head, and so goes on until there.
    const from = start < standing ? this.#head : standing
    const socket: Socket = { start, from, shown: 0, heard: [] }
    for (let seq = start + 1; seq <= from; seq++) this.#push(socket, this.#current(seq))
    this.sockets.push(socket)
  }

  #deliver(event: Event): void {
    for (const socket of this.sockets) if (event.seq > socket.from) this.#push(socket, event)
  }

  /** What shows an older state than the socket has is ignored by its client. */
  #push(socket: Socket, event: Event): void {
    const isIgnored = event.shown < socket.shown
    socket.heard.push(`${event.epoch}:${event.seq}${isIgnored ? ' ignored' : ''}`)
    socket.shown = Math.max(socket.shown, event.shown)
  }
}
