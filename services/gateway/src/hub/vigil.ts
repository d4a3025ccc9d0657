// When rooms are compared with the database: by the clock, and when somebody lost something.
import { type Broker, type BrokerSignal, conversationChannel } from '@goftegu/bus'
import type { Database } from '@goftegu/database'
import type { Logger } from '@goftegu/runtime'
import type { Hub } from './hub.ts'
import type { Concern } from './repair.ts'

type VigilOptions = {
  broker: Broker
  database: Pick<Database, 'onConnected' | 'onEpoch'>
  hub: Hub
  logger: Logger
  limits: { compareIntervalMs: number; silentIntervalMs: number; readsIntervalMs: number }
}

/**
 * Compares all rooms every 10 s; at once after a reconnection to the bus or to PostgreSQL, after a peer's silence and
 * after a change of epoch; every 250 ms those that the bus does not hear. What the bus says may concern some rooms only.
 * Read positions are read anew when the bus is back. Returns how to end it.
 */
export function keepVigil({ broker, database, hub, logger, limits }: VigilOptions): () => void {
  const compare = () => void hub.repair.compare()
  const isUnheard = (conversationId: number) => !broker.hears(conversationChannel(conversationId))
  const refreshReads = (isConcerned?: Concern) => {
    hub.refreshReads(isConcerned).catch(err => logger.warn({ err }, 'reading positions anew failed'))
  }
  const hear = (signal: BrokerSignal) => {
    logger.info({ signal }, 'the bus says')
    const { concerns } = signal
    const isConcerned = concerns && ((conversationId: number) => concerns(conversationChannel(conversationId)))
    void hub.repair.compare(isConcerned)
    if (signal.type !== 'silent') refreshReads(isConcerned)
  }
  const timers = [
    setInterval(() => hub.repair.patrol(), limits.compareIntervalMs),
    setInterval(() => !broker.hears() && void hub.repair.compare(isUnheard), limits.silentIntervalMs),
    setInterval(() => refreshReads(), limits.readsIntervalMs),
  ]
  const removals = [broker.onSignal(hear), database.onConnected(compare), database.onEpoch(compare)]
  return () => {
    for (const timer of timers) clearInterval(timer)
    for (const remove of removals) remove()
  }
}
