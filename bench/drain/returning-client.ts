// One user's application in one conversation, which comes back as the contract says.
import { setTimeout as pause } from 'node:timers/promises'
import type { HandedEvent, ReaderLog } from '@goftegu/testkit'
import { FrameSocket, Refused } from '../frame-socket.ts'
import type { ReturnDelay } from './return-delay.ts'

/** What happened to all clients, in milliseconds of `performance.now()`. */
export type Journal = {
  attemptedMs: number[]
  opened: { atMs: number; server: string; awayMs: number }[]
  /** By who refused, and how. */
  refusals: Map<string, number>
  delaysMs: number[]
  closeCodes: Map<number, number>
}

export type ClientOptions = {
  port: number
  conversationId: number
  cookie: string
  log: ReaderLog
  journal: Journal
  returnDelay: ReturnDelay
}

export class ReturningClient {
  readonly #options: ClientOptions
  #socket: FrameSocket | null = null
  #isStopped = false
  #position = 0
  #epoch = ''
  #failures = 0
  #leftMs = 0

  constructor(options: ClientOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#socket !== null
  }

  get position(): number {
    return this.#position
  }

  get conversationId(): number {
    return this.#options.conversationId
  }

  /** Resolves when it is open for the first time. */
  async open(): Promise<void> {
    this.#leftMs = performance.now()
    await this.#connect()
  }

  stop(): void {
    this.#isStopped = true
    this.#options.log.left()
    this.#socket?.close()
  }

  async #connect(): Promise<void> {
    while (!this.#isStopped) {
      const delayMs = await this.#attempt()
      if (delayMs === null) return
      await pause(delayMs)
    }
  }

  /** Answers after how many milliseconds to try again; null when it is open. */
  async #attempt(): Promise<number | null> {
    const { port, conversationId, cookie, journal } = this.#options
    const resume = this.#epoch ? `?since=${this.#position}&epoch=${this.#epoch}` : ''
    journal.attemptedMs.push(performance.now())
    try {
      const socket = await FrameSocket.open(
        port,
        `/ws/chat/${conversationId}/${resume}`,
        cookie,
        text => this.#hear(JSON.parse(text.toString()) as HandedEvent),
        (code, reason) => void this.#closed(code, reason),
      )
      this.#failures = 0
      this.#socket = socket
      const atMs = performance.now()
      journal.opened.push({ atMs, server: socket.server, awayMs: atMs - this.#leftMs })
      return null
    } catch (error) {
      if (error instanceof Refused && ![502, 503].includes(error.status)) throw error
      count(journal.refusals, refuserOf(error))
      return this.#options.returnDelay.afterRefusal(error, this.#failures++)
    }
  }

  async #closed(code: number, reason: string): Promise<void> {
    const { journal, returnDelay } = this.#options
    this.#socket = null
    this.#leftMs = performance.now()
    count(journal.closeCodes, code)
    if (this.#isStopped) return
    if (code === 1012) journal.delaysMs.push(Number(reason))
    await pause(returnDelay.afterClose(code, reason))
    await this.#connect()
  }

  #hear(event: HandedEvent): void {
    const { log } = this.#options
    log.event(event)
    const { type, seq, epoch } = event
    if (typeof epoch === 'string') this.#epoch = epoch
    if (type === 'resync') throw new Error('a resync, which nothing here should cause')
    // A `ready` says where the server begins, which is where this client is.
    if (typeof seq === 'number' && type !== 'accepted') this.#position = Math.max(this.#position, seq)
  }
}

/** The balancer answers where no gateway does, and names one where one did. */
function refuserOf(error: unknown): string {
  if (!(error instanceof Refused)) return 'connection broken'
  return `${error.status} of ${error.server === '' ? 'the balancer' : 'a gateway'}`
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
