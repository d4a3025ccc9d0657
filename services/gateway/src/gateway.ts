// The gateway, put together: WebSocket in front of chat and bus.
import type { Accounts } from '@goftegu/accounts'
import { type Broker, channelSubject, controlChannel } from '@goftegu/bus'
import type { Chat, Committed } from '@goftegu/chat'
import type { Database } from '@goftegu/database'
import { createMetrics, type Metrics } from '@goftegu/metrics'
import type { Logger } from '@goftegu/runtime'
import { Admission } from './admission.ts'
import { type DrainWindow, drainConnections } from './drain.ts'
import { Hub } from './hub/hub.ts'
import { keepVigil } from './hub/vigil.ts'
import { defaultLimits, type GatewayLimits } from './limits.ts'
import { Sessions } from './sessions.ts'
import { SharedQuery } from './shared-query.ts'
import { Turn } from './turn.ts'
import { upgradePlugin } from './upgrade.ts'

export type GatewayOptions = {
  chat: Chat
  accounts: Pick<Accounts, 'checkSessions' | 'authenticateMany'>
  database: Pick<Database, 'onConnected' | 'onEpoch'>
  broker: Broker
  /** Tells every replica, this process included: `createAnnouncer`'s. */
  announce: Committed
  logger: Logger
  limits?: Partial<GatewayLimits>
  metrics?: Pick<Metrics, 'rooms' | 'sockets'>
}

export type Gateway = ReturnType<typeof createGateway>

/** How often empty rooms are looked for. */
const sweepIntervalMs = 5_000
/** Most sessions that are looked up in one query. */
const mostTokens = 500

/**
 * Makes the gateway of this process. It begins to listen to the broker at once, so make it before `broker.start()`.
 * The broker, chat and database stay the caller's: drain the gateway before closing them.
 */
export function createGateway(options: GatewayOptions) {
  const { chat, accounts, database, broker, announce, logger, metrics = createMetrics() } = options
  const limits = { ...defaultLimits, ...options.limits }
  const turn = new Turn(metrics.rooms)
  const hub = new Hub({ broker, chat, turn, logger, limits, metrics })
  const sessions = new Sessions({ accounts, logger, limits })
  readSockets(metrics.sockets, sessions, turn)
  const identities = new SharedQuery({
    ...{ concurrency: limits.concurrentReads, paceMs: limits.readPaceMs, mostCost: mostTokens, costOf: () => 1 },
    run: (tokens: readonly string[]) => accounts.authenticateMany(tokens),
  })
  const admission = new Admission(limits)
  const endVigil = keepVigil({ broker, database, hub, logger, limits })
  const endListening = listen(broker, hub, sessions)
  const timers = [
    setInterval(() => hub.sweep(), sweepIntervalMs),
    setInterval(() => void sessions.check(), limits.sessionCheckIntervalMs),
  ]
  let draining: Promise<void> | null = null

  async function stop(window: DrainWindow): Promise<void> {
    admission.close()
    await drainConnections(sessions.all(), window)
    for (const timer of timers) clearInterval(timer)
    endVigil()
    endListening()
    hub.close()
  }

  /**
   * Refuses upgrades, sends the clients away and lets go of everything; what they sent may still be in chat's writer.
   * `windowMs`: how long clients have to go by themselves; 0 closes with 1001. A second call awaits the first. Closing
   * the server drains by itself.
   */
  function drain({ windowMs }: { windowMs: number }): Promise<void> {
    draining ??= stop({ windowMs, reconnectsPerSecond: limits.reconnectsPerSecond })
    return draining
  }

  return {
    /** Fastify plugin: needs http's session plugin, and is registered before any other route. */
    plugin: upgradePlugin({
      chat,
      announce,
      logger,
      limits,
      metrics: metrics.sockets,
      hub,
      sessions,
      turn,
      admission,
      identify: token => identities.ask(token),
      isDraining: () => draining !== null,
      close: () => drain({ windowMs: limits.drainWindowMs }),
    }),
    /** Delivers what this process committed, without waiting for the bus: `createAnnouncer`'s `local`. */
    receive: (conversationId: number, bytes: Buffer) => hub.receive(conversationId, bytes),
    /** Closes the sockets of these sessions with 4401, on this replica; the control channel tells the others. */
    sessionsEnded: (sessionIds: readonly number[]) => sessions.end(sessionIds),
    /** Lets go of rooms that have been empty for so long; does so by itself after a minute. */
    sweep: (lingerMs: number) => hub.sweep(lingerMs),
    /** Looks at once whether all sessions live, as it does every 30 s. */
    checkSessions: () => sessions.check(),
    /** Open sockets, and rooms, of this process. */
    counts: () => ({ connections: sessions.size, rooms: hub.rooms.size }),
    drain,
  }
}

function readSockets({ open, writes, writtenBytes }: Metrics['sockets'], sessions: Sessions, turn: Turn): void {
  open.readFrom(() => sessions.size)
  writes.readFrom(() => turn.writes)
  writtenBytes.readFrom(() => turn.writtenBytes)
}

function listen(broker: Broker, hub: Hub, sessions: Sessions): () => void {
  void broker.subscribe([controlChannel])
  return broker.onMessage((channel, payload) => {
    const subject = channelSubject(channel)
    if (subject?.kind === 'conversation') hub.receive(subject.id, payload)
    if (subject?.kind === 'control') sessions.end(endedSessions(payload))
  })
}

/** `{"type":"sessions_ended","session_ids":[…]}`; another version's message is ignored. */
function endedSessions(payload: Buffer): number[] {
  try {
    const { type, session_ids } = JSON.parse(payload.toString()) as { type?: unknown; session_ids?: unknown }
    if (type !== 'sessions_ended' || !Array.isArray(session_ids)) return []
    return session_ids.filter(id => typeof id === 'number')
  } catch {
    return []
  }
}
