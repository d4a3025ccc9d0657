// A client of the chat socket that keeps what it heard, and waits for events with a deadline.
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { ServerEvent, ServerEventType, SocketFrame, SocketFrameType } from '@goftegu/protocol'
import type { RawData, WebSocket } from 'ws'
import { within } from '../within.ts'

type Events = { [T in ServerEventType]: ServerEvent<T> } & { [T in SocketFrameType]: SocketFrame<T> }

/** Type of any event that a server sends. */
export type HeardType = keyof Events
/** An event as parsed from a frame; what it really holds is the server's claim. */
export type Heard<T extends HeardType = HeardType> = Events[T]

export type Closing = { code: number; reason: string }
export type Waiting = { ms?: number }

/** Long enough for a busy machine; a test that fails waits this long. */
const deadlineMs = 5_000
/** How long nothing must come before it is believed that nothing comes. Costs every passing test this much. */
const silenceMs = 200

type Waiter = { accepts: (event: Heard) => boolean; resolve: (event: Heard) => void }

export class SocketClient {
  /** Every text frame as it came, oldest first. */
  readonly frames: string[] = []
  /** Settles when the socket is closed, by whichever side. */
  readonly closed: Promise<Closing>
  /** The socket below, for what this class does not do: `ping`, `bufferedAmount`. */
  readonly socket: WebSocket
  #unread: Heard[] = []
  #waiters: Waiter[] = []
  readonly #listeners: ((event: Heard) => void)[] = []

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', data => this.#receive(textOf(data)))
    socket.on('error', () => {}) // always followed by 'close'
    this.closed = new Promise(resolve => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  /** Sends an event as JSON; a string or bytes as they are, for what no front end would send. */
  send(event: object | string | Buffer): void {
    this.socket.send(typeof event === 'string' || Buffer.isBuffer(event) ? event : JSON.stringify(event))
  }

  /**
   * The oldest unread event of this type (of any type if none is given), now or when it comes. It counts as read then;
   * older events of other types stay unread.
   * @throws DeadlineError with what came instead
   */
  async next<T extends HeardType = HeardType>(type?: T, waiting?: Waiting): Promise<Heard<T>> {
    return this.#take(event => isOf(event, type), type ?? 'any event', waiting)
  }

  /**
   * Waits for an unread event of this type whose fields hold these values (other fields may be there too; of nested
   * objects the same is asked), and reads it.
   * @throws DeadlineError with what came instead
   */
  async expectPush<T extends HeardType>(type: T, fields: object = {}, waiting?: Waiting): Promise<Heard<T>> {
    const what = `${type} with ${JSON.stringify(fields)}`
    return this.#take((event): event is Heard<T> => isOf(event, type) && holds(event, fields), what, waiting)
  }

  /** Makes sure that no such event is unread, and that none comes within `ms`, 200 if not given. */
  async refutePush(type: HeardType, fields: object = {}, { ms = silenceMs }: Waiting = {}): Promise<void> {
    const unwanted = await this.expectPush(type, fields, { ms }).catch(() => undefined)
    assert.equal(unwanted, undefined, `heard what nobody should have sent: ${JSON.stringify(unwanted)}`)
  }

  /** Reads all that is unread. */
  takeUnread(): Heard[] {
    return this.#unread.splice(0)
  }

  /** Calls `listener` with every event from now on, as it comes, read or not. */
  onEvent(listener: (event: Heard) => void): void {
    this.#listeners.push(listener)
  }

  /** Stops reading: the bytes pile up at the sender, as with a slow client. */
  pause(): void {
    this.socket.pause()
  }

  /** Reads again. */
  resume(): void {
    this.socket.resume()
  }

  /** Closes with the closing handshake and waits for its end. */
  async close(code = 1000): Promise<Closing> {
    this.socket.close(code)
    return within(this.closed, deadlineMs, 'the socket to close')
  }

  /** Cuts the connection without a word. */
  terminate(): void {
    this.socket.terminate()
  }

  #receive(frame: string): void {
    this.frames.push(frame)
    const event: Heard = JSON.parse(frame)
    for (const listener of this.#listeners) listener(event)
    const waiter = this.#waiters.find(waiter => waiter.accepts(event))
    if (!waiter) return void this.#unread.push(event)
    this.#waiters = this.#waiters.filter(other => other !== waiter)
    waiter.resolve(event)
  }

  async #take<T extends HeardType>(
    accepts: (event: Heard) => event is Heard<T>,
    what: string,
    { ms = deadlineMs }: Waiting = {},
  ): Promise<Heard<T>> {
    const at = this.#unread.findIndex(accepts)
    const [found] = at < 0 ? [] : this.#unread.splice(at, 1)
    if (found && accepts(found)) return found
    let waiter: Waiter | undefined
    const coming = new Promise<Heard<T>>(resolve => {
      waiter = { accepts, resolve: event => accepts(event) && resolve(event) }
      this.#waiters.push(waiter)
    })
    const closed = this.closed.then(({ code, reason }) => {
      throw new Error(`the socket closed (${code} ${reason}) before ${what}`)
    })
    try {
      return await within(Promise.race([coming, closed]), ms, () => `${what}; unread: ${JSON.stringify(this.#unread)}`)
    } finally {
      this.#waiters = this.#waiters.filter(other => other !== waiter)
    }
  }
}

function isOf<T extends HeardType>(event: Heard, type: T | undefined): event is Heard<T> {
  return type === undefined || event.type === type
}

/** Whether `actual` has what `expected` has, to any depth; arrays are compared whole. */
function holds(actual: unknown, expected: unknown): boolean {
  if (!isPlainObject(expected)) return isDeepStrictEqual(actual, expected)
  return isPlainObject(actual) && Object.entries(expected).every(([name, value]) => holds(actual[name], value))
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(data: RawData): string {
  return (Array.isArray(data) ? Buffer.concat(data) : data).toString()
}
