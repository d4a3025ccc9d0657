// One direction of a proxied connection, under the weather that a test makes.
import type { Socket } from 'node:net'

export type Weather =
  | { kind: 'fair' }
  | { kind: 'drop' }
  | { kind: 'stall' }
  | { kind: 'slice'; bytes: number }
  | { kind: 'delay'; ms: number }

/** How much may be on its way under a delay; then the sender feels it. */
const maxBytesOnTheWay = 1024 * 1024

/** Carries bytes from one socket to another, in order; the end of the one ends the other, unless it is dropped too. */
export class Pipe {
  readonly #to: Socket
  #weather: Weather
  #changed = Promise.withResolvers<void>()
  /** Settles when all that was delayed has gone on. */
  #delayed: Promise<void> = Promise.resolve()
  #bytesOnTheWay = 0

  constructor(from: Socket, to: Socket, weather: Weather) {
    this.#to = to
    this.#weather = weather
    this.#carry(from).catch(() => {
      // The connection broke; its sockets' 'close' tells the proxy.
    })
  }

  setWeather(weather: Weather): void {
    this.#weather = weather
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  async #carry(from: Socket): Promise<void> {
    for await (const chunk of from) await this.#pass(chunk)
    await this.#delayed
    if (this.#weather.kind !== 'drop') this.#to.end()
  }

  async #pass(chunk: Buffer): Promise<void> {
    while (this.#weather.kind === 'stall') await this.#changed.promise
    const weather = this.#weather
    if (weather.kind === 'drop') return
    if (weather.kind === 'delay') {
      this.#delayed = this.#writeAt(performance.now() + weather.ms, chunk, this.#delayed)
      if (this.#bytesOnTheWay > maxBytesOnTheWay) await this.#delayed
      return
    }
    await this.#delayed
    const size = weather.kind === 'slice' ? weather.bytes : chunk.length
    for (let at = 0; at < chunk.length; at += size) {
      await this.#write(chunk.subarray(at, at + size))
      if (weather.kind === 'slice') await new Promise(resolve => setImmediate(resolve)) // a packet of its own
    }
  }

  async #writeAt(dueMs: number, chunk: Buffer, earlier: Promise<void>): Promise<void> {
    this.#bytesOnTheWay += chunk.length
    await this.#pause(dueMs - performance.now())
    await earlier
    await this.#write(chunk)
    this.#bytesOnTheWay -= chunk.length
  }

  /** What was dropped may have had nobody to go to any more. */
  async #write(chunk: Buffer): Promise<void> {
    try {
      await write(this.#to, chunk)
    } catch (error) {
      if (this.#weather.kind !== 'drop') throw error
    }
  }

  /** Ends early when the weather changes. */
  async #pause(ms: number): Promise<void> {
    const time = Promise.withResolvers<void>()
    const timer = setTimeout(time.resolve, ms)
    await Promise.race([time.promise, this.#changed.promise])
    clearTimeout(timer)
  }
}

/** Resolves when the kernel has taken it, so that a slow reader slows the sender down. */
function write(to: Socket, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(chunk, error => (error ? reject(error) : resolve()))
  })
}
