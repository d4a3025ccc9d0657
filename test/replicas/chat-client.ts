// One user's application in one conversation, which comes back after every cut, to the next entrance.
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type Heard, type ReaderLog, type SocketClient, UpgradeRefused } from '@goftegu/testkit'
import type { Entrance } from './deployment.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Random } from './random.ts'
import { type Rest, RestRefused } from './rest.ts'
import { View } from './view.ts'

export type ChatClientOptions = {
  entrances: readonly Entrance[]
  /** Which of `entrances` it prefers. */
  home: number
  conversationId: number
  token: string
  rest: Rest
  log: ReaderLog
  random: Random
  /** Comes back without saying where it was: the fault that the oracle must see. */
  isForgetful?: boolean
}

/** Of the first reconnection, at most; it doubles with every failure (protocol, 10). */
const reconnectDelayMs = 500
const mostReconnectDelayMs = 2_000
const closeDeadlineMs = 5_000
/** For each event of a replay, on a busy machine. */
const replayDeadlineMs = 20_000

export class ChatClient {
  readonly view = new View()
  readonly home: number
  readonly conversationId: number
  /** How often the server asked for a reload, which nothing here should cause. */
  resyncs = 0
  /** How many sockets fell silent without a close, and were given up. */
  deadSockets = 0
  /** It has had a socket. */
  wasOpen = false
  /** Removed from the conversation, or stopped: it does not come back. */
  isOut = false
  /** Why the server does not let it back in; null where it was stopped. */
  refusal: string | null = null
  /** Called with every event, and whenever it may send. */
  onEvent: (event: Heard) => void = () => {}
  onOpen: () => void = () => {}
  readonly #options: ChatClientOptions
  #at: number
  #isLoaded = false
  #isMoving = false
  #socket: SocketClient | undefined
  #position = 0
  #epoch = ''
  #waiters: { seq: number; resolve: () => void }[] = []
  /** What came while it loads anew, in order; and that load. */
  #held: Heard[] | undefined
  #reloaded: Promise<void> = Promise.resolve()

  constructor(options: ChatClientOptions) {
    this.#options = options
    this.conversationId = options.conversationId
    this.home = options.home
    this.#at = options.home
  }

  /** Loads by REST, again if need be, and resolves when the first socket is open. */
  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    void this.#comeBackUntilOut(resolve)
    await promise
  }

  get isOpen(): boolean {
    return this.#socket !== undefined
  }

  /** Whether it is open at the entrance that it prefers, and stays. */
  get isHome(): boolean {
    return this.isOpen && !this.#isMoving && this.#at === this.home
  }

  /** For the words of a failure. */
  get where(): string {
    const { conversationId, log } = this.#options
    return `user ${log.userId} in ${conversationId} at ${this.#position}, ${this.isOpen ? 'open' : 'away'} (${this.#at})`
  }

  send(event: object): void {
    this.#socket?.send(event)
  }

  /** Resolves when everything up to `seq` was heard, or the client is out. */
  async reached(seq: number): Promise<void> {
    if (this.isOut || !this.isBehind(seq)) return
    await new Promise<void>(resolve => this.#waiters.push({ seq, resolve }))
  }

  /** Loses its socket, in order or not, as applications do all the time; it comes back at the next entrance. */
  breakOff({ inOrder }: { inOrder: boolean }): void {
    if (inOrder) this.#socket?.socket.close(1000)
    else this.#socket?.terminate()
  }

  /** Whether it has not heard everything up to `seq`. */
  isBehind(seq: number): boolean {
    return this.#held !== undefined || this.#position < seq
  }

  /** Closes in order, and comes back at the entrance that it prefers. */
  goHome(): void {
    if (this.#at === this.home || this.isOut) return
    this.#at = this.home
    this.#isMoving = true
    this.#socket?.socket.close(1000)
  }

  /** Answered after everything that was written to this socket before. */
  async roundTrip(): Promise<void> {
    const socket = this.#socket
    socket?.send({ type: 'ping' })
    await socket?.next('pong')
  }

  /** A view made anew, over REST alone. */
  async fetchedNow(): Promise<View> {
    const { rest, conversationId } = this.#options
    const view = new View()
    view.load(await rest.conversation(conversationId), await rest.messages(conversationId))
    return view
  }

  /** What a socket of its own is told after `since`, up to `until`. */
  async replayed(since: number, until: number): Promise<Heard[]> {
    const socket = await this.#open(`?since=${since}&epoch=${this.#epoch}`)
    const events: Heard[] = []
    for (let seq = since; seq < until; ) {
      const event = await socket.next(undefined, { ms: replayDeadlineMs })
      events.push(event)
      if ('seq' in event && event.type !== 'ready') seq = event.seq
    }
    socket.terminate()
    return events
  }

  async stop(): Promise<void> {
    this.#leave()
    const socket = this.#socket
    if (!socket) return
    socket.socket.close(1000)
    const cut = setTimeout(() => socket.terminate(), closeDeadlineMs)
    await socket.closed
    clearTimeout(cut)
  }

  async #load(): Promise<void> {
    const { log } = this.#options
    const { conversation, messages } = await this.#fetch()
    this.view.load(conversation, messages)
    log.fetched(messages)
    this.#position = conversation.last_seq
    this.#epoch = conversation.epoch
    this.#isLoaded = true
  }

  async #fetch() {
    const { rest, conversationId } = this.#options
    // The conversation first: what changes until the messages are read is heard again, and is not news then.
    const conversation = await rest.conversation(conversationId)
    return { conversation, messages: await rest.messages(conversationId) }
  }

  /** Drops what it has, and goes on after the number that the server named (protocol, 7.4). */
  async #reload({ seq, epoch }: Heard<'resync'>): Promise<void> {
    const held: Heard[] = []
    this.#held = held
    this.#position = seq
    this.#epoch = epoch
    while (!this.isOut) {
      const fetched = await this.#fetch().catch(() => undefined) // nobody answers, or not now
      if (fetched?.conversation.epoch === epoch) {
        this.view.load(fetched.conversation, fetched.messages)
        this.#options.log.fetched(fetched.messages)
        break
      }
      await delay(reconnectDelayMs)
      if (held.some(({ type }) => type === 'resync')) break // another history already
    }
    this.#held = undefined
    this.#moveTo(seq)
    for (const event of held) this.#hear(event)
  }

  async #comeBackUntilOut(opened: () => void): Promise<void> {
    const { random } = this.#options
    for (let failures = 0; !this.isOut; failures++) {
      try {
        if (!this.#isLoaded) await this.#load()
        await this.#listen(opened)
        failures = 0
      } catch (error) {
        const isRefused = error instanceof UpgradeRefused || error instanceof RestRefused
        if (isRefused && error.status === 404) this.#leave(`404 ${error.body}`)
      }
      const isAtHome = this.#isMoving
      this.#isMoving = false
      if (isAtHome || this.isOut) continue
      this.#at = (this.#at + 1) % this.#options.entrances.length
      await delay(random() * Math.min(reconnectDelayMs * 2 ** failures, mostReconnectDelayMs))
    }
    opened()
  }

  /** From opening a socket to its end. */
  async #listen(opened: () => void): Promise<void> {
    while (this.#held) await this.#reloaded
    const isForgetting = this.#options.isForgetful && this.wasOpen
    const socket = await this.#open(isForgetting ? '' : `?since=${this.#position}&epoch=${this.#epoch}`)
    this.wasOpen = true
    this.#socket = socket
    const heartbeat = new Heartbeat(socket)
    for (const event of socket.takeUnread()) this.#hear(event)
    socket.onEvent(event => this.#hear(event))
    if (this.isOut || this.#isMoving) socket.socket.close(1000)
    this.onOpen()
    opened()
    const { code } = await socket.closed
    heartbeat.stop()
    if (heartbeat.foundDead) this.deadSockets += 1
    this.#socket = undefined
    if (code === 4403) this.#leave('4403')
  }

  #open(query: string): Promise<SocketClient> {
    const { entrances, conversationId, token } = this.#options
    const url = `${entrances[this.#at]!.url}/ws/chat/${conversationId}/${query}`
    return connect(url, { headers: { authorization: `Bearer ${token}` } })
  }

  #hear(event: Heard): void {
    if (this.#held) return void this.#held.push(event)
    this.#options.log.event(event)
    this.view.apply(event)
    if (event.type === 'resync') {
      this.resyncs += 1
      this.#reloaded = this.#reload(event)
    } else if ('seq' in event && event.type !== 'accepted') this.#moveTo(event.seq)
    this.onEvent(event)
  }

  #moveTo(seq: number): void {
    this.#position = Math.max(this.#position, seq)
    const reached = this.#waiters.filter(waiter => waiter.seq <= this.#position)
    if (reached.length === 0) return
    this.#waiters = this.#waiters.filter(waiter => waiter.seq > this.#position)
    for (const { resolve } of reached) resolve()
  }

  #leave(refusal: string | null = null): void {
    this.refusal ??= refusal && `${this.where}: ${refusal}`
    this.isOut = true
    for (const { resolve } of this.#waiters.splice(0)) resolve()
  }
}
