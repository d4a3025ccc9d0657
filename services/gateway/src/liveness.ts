// Whether the other end of a socket is still there.

type LivenessOptions = {
  pingIntervalMs: number
  pongDeadlineMs: number
  ping: () => void
  /** Whether this socket is not being read just now: then no pong can be heard. */
  isPaused: () => boolean
  /** Nothing was heard in time. */
  dead: () => void
}

/** Pings at a fixed interval, the first after a random part of it, so that sockets that came together spread out. */
export class Liveness {
  readonly #options: LivenessOptions
  #timer: NodeJS.Timeout
  #isWaiting = false

  constructor(options: LivenessOptions) {
    this.#options = options
    this.#timer = setTimeout(() => this.#ping(), Math.random() * options.pingIntervalMs)
  }

  /** Anything from the peer says that it lives. */
  heard(): void {
    this.#isWaiting = false
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #ping(): void {
    this.#isWaiting = true
    this.#options.ping()
    this.#timer = setTimeout(() => this.#judge(), this.#options.pongDeadlineMs)
  }

  #judge(): void {
    const { pingIntervalMs, pongDeadlineMs, isPaused, dead } = this.#options
    if (this.#isWaiting && isPaused()) this.#timer = setTimeout(() => this.#judge(), pongDeadlineMs)
    else if (this.#isWaiting) dead()
    else this.#timer = setTimeout(() => this.#ping(), Math.max(1, pingIntervalMs - pongDeadlineMs))
  }
}
