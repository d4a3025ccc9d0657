// Notices a socket that died without a word, as clause 6.5 of the protocol asks of a client.
import type { SocketClient } from '@goftegu/testkit'

/** As `ready` says: after so long a silence the client asks. */
const silenceMs = 25_000
/** And so long it waits for the answer. */
const answerMs = 10_000

export class Heartbeat {
  /** It was silent for too long, and was cut. */
  foundDead = false
  readonly #socket: SocketClient
  #timer: NodeJS.Timeout

  constructor(socket: SocketClient) {
    this.#socket = socket
    this.#timer = this.#later()
    socket.onEvent(() => {
      clearTimeout(this.#timer)
      this.#timer = this.#later()
    })
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => this.#ask(), silenceMs)
  }

  #ask(): void {
    this.#socket.send({ type: 'ping' })
    this.#timer = setTimeout(() => {
      this.foundDead = true
      this.#socket.terminate()
    }, answerMs)
  }
}
