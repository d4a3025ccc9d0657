// Connections on which nothing comes any more are ended, and not lent out again.
import { Socket } from 'node:net'
import type pg from 'pg'

/** A server that is frozen does not keep its own timeouts (5 s), and a way that was lost tells nobody. */
const silenceMs = 8_000

/**
 * Ends a connection that is lent out and silent for 8 s: what was asked fails as after a reset. With it go those that
 * nobody has heard of in this time: whoever gets one of them next would wait as long. `pg`'s own `query_timeout` gives
 * up the answer, and keeps the connection.
 */
export class SilenceWatch {
  /** Connections that are not lent out, and when they came back: on the clock of `performance.now()`. */
  readonly #idle = new Map<Socket, number>()

  watch(pool: pg.Pool): void {
    pool.on('connect', client => socketOf(client)?.on('timeout', () => this.#end(socketOf(client))))
    pool.on('acquire', client => this.#lend(socketOf(client)))
    pool.on('release', (_error, client) => this.#takeBack(socketOf(client)))
    pool.on('remove', client => this.#forget(socketOf(client)))
  }

  #lend(socket: Socket | undefined): void {
    socket?.setTimeout(silenceMs)
    this.#forget(socket)
  }

  #takeBack(socket: Socket | undefined): void {
    socket?.setTimeout(0)
    if (socket) this.#idle.set(socket, performance.now())
  }

  #forget(socket: Socket | undefined): void {
    if (socket) this.#idle.delete(socket)
  }

  #end(silent: Socket | undefined): void {
    const beganMs = performance.now() - silenceMs
    const unheard = [...this.#idle].filter(([, sinceMs]) => sinceMs <= beganMs).map(([socket]) => socket)
    for (const socket of [silent, ...unheard]) socket?.destroy(new SilentConnectionError())
  }
}

class SilentConnectionError extends Error {
  override name = 'SilentConnectionError'
  /** As the system would say it: who meets it on the way is told to try again. */
  readonly code = 'ETIMEDOUT'

  constructor() {
    super(`PostgreSQL said nothing for ${silenceMs / 1_000} s`)
  }
}

/** TLS is one too. */
function socketOf({ connection }: pg.PoolClient): Socket | undefined {
  return connection.stream instanceof Socket ? connection.stream : undefined
}
