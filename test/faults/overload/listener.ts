// Somebody who behaves: reads everything at once, and knows how long each message took.
import { connect, type ReaderLog, type SocketClient } from '@goftegu/testkit'
import type { Person } from '../../replicas/people.ts'

type At = { url: string; conversationId: number }

/** A text that says when it was sent: the sender and the listeners are one process, with one clock. */
export function stamped(bytes: number): string {
  return `${performance.now().toFixed(3)} ${'x'.repeat(bytes)}`
}

export class Listener {
  /** When each message came, and after how long. */
  readonly arrivals: { atMs: number; tookMs: number }[] = []
  /** The newest number that it heard. */
  position = 0
  /** The close code, once it was closed. */
  closedWith: number | null = null
  readonly socket: SocketClient
  readonly #log: ReaderLog

  private constructor(socket: SocketClient, log: ReaderLog) {
    this.socket = socket
    this.#log = log
    for (const event of socket.takeUnread()) this.#hear(event)
    socket.onEvent(event => this.#hear(event))
    void socket.closed.then(({ code }) => {
      this.closedWith = code
    })
  }

  static async open({ url, conversationId }: At, { token }: Person, log: ReaderLog): Promise<Listener> {
    const headers = { authorization: `Bearer ${token}` }
    return new Listener(await connect(`${url}/ws/chat/${conversationId}/`, { headers, ms: 30_000 }), log)
  }

  #hear(event: Parameters<Parameters<SocketClient['onEvent']>[0]>[0]): void {
    this.#log.event(event)
    if ('seq' in event && event.type !== 'accepted') this.position = Math.max(this.position, event.seq)
    if (event.type === 'new_message') {
      const atMs = performance.now()
      this.arrivals.push({ atMs, tookMs: atMs - Number.parseFloat(event.message.content) })
    }
    this.socket.takeUnread() // nobody asks for it, and it is much
    this.socket.frames.length = 0
  }
}
