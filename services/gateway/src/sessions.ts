// Which sockets belong to which session, and whether those sessions still live.
import type { Accounts } from '@goftegu/accounts'
import { closeCodes } from '@goftegu/protocol'
import type { Logger } from '@goftegu/runtime'
import type { Connection } from './connection.ts'

type SessionsOptions = {
  accounts: Pick<Accounts, 'checkSessions'>
  logger: Logger
  limits: { sessionCheckSlice: number }
}

/** Longer than any upgrade takes from the check of its session to its socket, in milliseconds. */
const arrivalMs = 60_000

/** The connections of this process, by session. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #connections = new Map<number, Set<Connection>>()
  /** Sessions that ended a moment ago, and when: a socket of theirs may still be on its way in. */
  readonly #ended = new Map<number, number>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** Takes a connection in; closes it where its session ended between its check and now. */
  add(connection: Connection): void {
    if (this.#ended.has(connection.sessionId)) connection.close(closeCodes.sessionEnded)
    const others = this.#connections.get(connection.sessionId)
    if (others) others.add(connection)
    else this.#connections.set(connection.sessionId, new Set([connection]))
  }

  remove(connection: Connection): void {
    const connections = this.#connections.get(connection.sessionId)
    connections?.delete(connection)
    if (connections?.size === 0) this.#connections.delete(connection.sessionId)
  }

  /** How many connections there are. */
  get size(): number {
    let size = 0
    for (const connections of this.#connections.values()) size += connections.size
    return size
  }

  /** Every connection, as of now. */
  all(): Connection[] {
    return [...this.#connections.values()].flatMap(connections => [...connections])
  }

  /** Closes the sockets of sessions that ended. */
  end(sessionIds: readonly number[]): void {
    for (const id of sessionIds) {
      this.#ended.set(id, performance.now())
      for (const connection of [...(this.#connections.get(id) ?? [])]) connection.close(closeCodes.sessionEnded)
    }
  }

  /** Asks which sessions live and whose users are staff: a notice of either may have been lost. */
  async check(): Promise<void> {
    for (const [id, atMs] of this.#ended) if (performance.now() - atMs > arrivalMs) this.#ended.delete(id)
    const ids = [...this.#connections.keys()]
    const slice = this.#options.limits.sessionCheckSlice
    for (let i = 0; i < ids.length; i += slice) await this.#checkSlice(ids.slice(i, i + slice))
  }

  async #checkSlice(ids: number[]): Promise<void> {
    try {
      const alive = await this.#options.accounts.checkSessions(ids)
      this.end(ids.filter(id => !alive.has(id)))
      for (const [id, { is_staff }] of alive) this.#setStaff(id, is_staff)
    } catch (err) {
      this.#options.logger.warn({ err }, 'checking sessions failed')
    }
  }

  /** Who is staff no more may stay where they are participants: their clients come back and ask. */
  #setStaff(id: number, isStaff: boolean): void {
    for (const connection of [...(this.#connections.get(id) ?? [])]) {
      const wasStaff = connection.isStaff
      connection.isStaff = isStaff
      if (wasStaff && !isStaff) connection.close(closeCodes.restarting, '0')
    }
  }
}
