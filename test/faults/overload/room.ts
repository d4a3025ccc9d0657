// A room in which everybody behaves but those whom a scenario adds: a writer, listeners, the oracle.
import { type Cleanup, connect, createOracle, eventually, type SocketClient, type Verdict } from '@goftegu/testkit'
import { startDriver } from '../../replicas/driver.ts'
import type { Installation } from '../../replicas/installation.ts'
import { pace } from '../../replicas/pace.ts'
import { addPeople, type Person } from '../../replicas/people.ts'
import { readHeads, readState } from '../../replicas/stored-state.ts'
import { Listener, stamped } from './listener.ts'
import { quantile } from './scenario.ts'

export type RoomOptions = {
  listeners: number
  /** Members who have no listener: the scenario's own. */
  others?: number
  /** At which gateway the listeners are; the writer is at the last. */
  listenAt?: number
  writes: { perSecond: number; bytes: number }
}

const openAtOnce = 50
const settleMs = 120_000

export class Room {
  readonly id: number
  /** Members without a listener. */
  readonly others: Person[]
  readonly #oracle = createOracle()
  readonly #installation: Installation
  readonly #options: RoomOptions
  readonly #quiet = new AbortController()
  #listeners: Listener[] = []
  #writer: SocketClient | undefined
  #unanswered = 0
  /** Codes of errors that the writer heard. */
  readonly refusals: string[] = []

  private constructor(installation: Installation, options: RoomOptions, id: number, others: Person[]) {
    this.#installation = installation
    this.#options = options
    this.id = id
    this.others = others
  }

  /** Everybody is in, and the writer writes, until `settle`. */
  static async open(t: Cleanup, installation: Installation, options: RoomOptions): Promise<Room> {
    const { listeners, others = 0 } = options
    const names = Array.from({ length: listeners + others }, (_, n) => `room-${n}`)
    const people = await addPeople(installation.database, names)
    const driver = await startDriver(t, installation)
    const group = { title: 'a room', participant_ids: people.map(({ id }) => id) }
    const { id } = await driver.conversations.createGroup({ id: people[0]!.id, is_staff: false }, group)
    const room = new Room(installation, options, id, people.slice(listeners))
    t.after(() => room.#close())
    await room.#seat(people.slice(0, listeners))
    await room.#startWriter(people[0]!)
    return room
  }

  /** What the listeners' messages of this time took, in milliseconds. */
  delivery(fromMs: number, toMs: number): { p50: number; p99: number } {
    const took = this.#listeners
      .flatMap(({ arrivals }) => arrivals)
      .filter(({ atMs, tookMs }) => atMs - tookMs >= fromMs && atMs - tookMs < toMs)
      .map(({ tookMs }) => tookMs)
    return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) }
  }

  /** Close codes of those who behaved. */
  get closed(): number[] {
    return this.#listeners.flatMap(({ closedWith }) => closedWith ?? [])
  }

  get acknowledged(): number {
    return this.#oracle.volume().ok
  }

  /** The writer stops, everybody hears all that is stored, and the oracle judges. */
  async settle(): Promise<Verdict> {
    this.#quiet.abort()
    await eventually(() => this.#unanswered === 0, { ms: settleMs, what: 'every send to have its answer' })
    const head = (await readHeads(this.#installation.database)).get(this.id) ?? 0
    const isThere = () => this.#listeners.every(({ position }) => position === head)
    await eventually(isThere, { ms: settleMs, what: 'every listener to have heard all' })
    return this.#oracle.judge(await readState(this.#installation.database, [this.id]))
  }

  async #seat(people: Person[]): Promise<void> {
    const { url } = this.#installation.gateways[this.#options.listenAt ?? 0]!
    const seat = (person: Person) => {
      const log = this.#oracle.reader({ userId: person.id, conversationId: this.id })
      return Listener.open({ url, conversationId: this.id }, person, log)
    }
    for (let n = 0; n < people.length; n += openAtOnce) {
      this.#listeners.push(...(await Promise.all(people.slice(n, n + openAtOnce).map(seat))))
    }
  }

  async #startWriter({ id: userId, token }: Person): Promise<void> {
    const { perSecond, bytes } = this.#options.writes
    const url = `${this.#installation.gateways.at(-1)!.url}/ws/chat/${this.id}/`
    const socket = await connect(url, { headers: { authorization: `Bearer ${token}` } })
    const log = this.#oracle.writer({ userId, conversationId: this.id })
    const attempts = new Map<string, ReturnType<typeof log.attempt>>()
    hearAnswers(socket, answer => {
      const attempt = attempts.get(answer.client_id ?? '')
      if (!attempt) return
      this.#unanswered -= 1
      if (answer.type === 'accepted') attempt.ok(answer.seq)
      else this.refusals.push(answer.code)
    })
    pace(perSecond, this.#quiet.signal, () => {
      const client_id = `w${attempts.size}`
      attempts.set(client_id, log.attempt(client_id))
      this.#unanswered += 1
      socket.send({ type: 'chat_message', client_id, content: stamped(bytes) })
      return true
    })
    this.#writer = socket
  }

  #close(): void {
    this.#quiet.abort()
    this.#writer?.terminate()
    for (const { socket } of this.#listeners) socket.terminate()
  }
}

type Answer = { type: 'accepted'; client_id: string; seq: number } | { type: 'error'; client_id?: string; code: string }

/** Calls `hear` with what answers a send; everything else is let go. */
export function hearAnswers(socket: SocketClient, hear: (answer: Answer) => void): void {
  socket.onEvent(event => {
    if (event.type === 'accepted' || event.type === 'error') hear(event)
    socket.takeUnread()
    socket.frames.length = 0
  })
}
