// The one exit for a socket's bytes: in order, one write per turn, bounded.
import type { Duplex } from 'node:stream'
import type { Turn } from './turn.ts'

export type ExitLimits = {
  /** Above this, states (typing, read positions) wait, the newest of each kept, until the socket drains. */
  levelsWaitBytes: number
  /** Above this the reader is too slow. */
  maxBufferedBytes: number
}

type ExitOptions = { socket: Duplex; turn: Turn; limits: ExitLimits; onSlow: () => void }

/**
 * Everything that a socket hears goes through here, as whole frames: events, pings and pongs; `ws` writes the close
 * frame after `end()`. `socket` is the upgrade request's own.
 */
export class Exit {
  readonly #socket: Duplex
  readonly #turn: Turn
  readonly #limits: ExitLimits
  readonly #onSlow: () => void
  #queue: Buffer[] = []
  #levels: Map<string, Buffer> | null = null
  #drained: (() => void)[] = []
  #isEnded = false

  constructor({ socket, turn, limits, onSlow }: ExitOptions) {
    this.#socket = socket
    this.#turn = turn
    this.#limits = limits
    this.#onSlow = onSlow
    socket.on('drain', () => this.#onDrain())
  }

  /** Bytes that the kernel has not taken. */
  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  /** Queues a frame, or several joined ones, for the end of this turn. */
  send(bytes: Buffer): void {
    if (this.#isEnded) return
    if (this.#queue.push(bytes) === 1) this.#turn.addExit(this)
  }

  /** Queues a state; where the socket is behind, only the newest of each `key` is kept. */
  sendLevel(key: string, bytes: Buffer): void {
    if (this.#isEnded) return
    if (this.bufferedBytes > this.#limits.levelsWaitBytes) {
      this.#levels ??= new Map()
      this.#levels.set(key, bytes)
    } else this.send(bytes)
  }

  /** Writes what is queued. A reader with too much before it already is cut off instead. */
  flush(): void {
    if (this.#queue.length === 0) return
    const bytes = this.#queue.length === 1 ? this.#queue[0]! : Buffer.concat(this.#queue)
    this.#queue = []
    if (this.#socket.destroyed || this.#socket.writableEnded) return
    const buffered = this.bufferedBytes
    if (buffered > 0 && buffered + bytes.length > this.#limits.maxBufferedBytes) this.#onSlow()
    else {
      this.#turn.noteWrite(bytes.length)
      this.#socket.write(bytes)
    }
  }

  /** Resolves when states would not have to wait (at once where they need not), or when the exit has ended. */
  async drained(): Promise<void> {
    this.flush()
    if (this.#isEnded || this.bufferedBytes <= this.#limits.levelsWaitBytes) return
    await new Promise<void>(resolve => this.#drained.push(resolve))
  }

  /** Writes what is queued and takes nothing more: a close frame follows, or the socket is gone. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.flush()
    this.#levels = null
    this.#release()
  }

  #onDrain(): void {
    const levels = this.#levels
    this.#levels = null
    for (const bytes of levels?.values() ?? []) this.send(bytes)
    this.#release()
  }

  #release(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
