// Database, bus, accounts and chat of one process, wired so that what is committed is told.
import { randomUUID } from 'node:crypto'
import { type Accounts, createAccounts } from '@goftegu/accounts'
import { type Broker, controlChannel, createAnnouncer, createBroker, createLimiter, type Limiter } from '@goftegu/bus'
import { type Chat, createChat } from '@goftegu/chat'
import { Database } from '@goftegu/database'
import { createMetrics, type Metrics } from '@goftegu/metrics'
import { type Service, StartError } from '@goftegu/runtime'
import { startTracing } from '@goftegu/tracing'
import { countRefusals, countSignals } from './bus-metrics.ts'
import { adviceFor, reasonOf } from './reasons.ts'

/** The settings that every replica reads; absent `REDIS_URL` means that this process is the only one. */
export type ReplicaConfig = {
  REDIS_URL?: string
  REDIS_PREFIX: string
  PUBLIC_URL?: string
  OTEL_EXPORTER_OTLP_ENDPOINT?: string
}

/** The rooms of a gateway in this process: they hear of commits at once, without the bus. */
export type LocalRooms = {
  receive(conversationId: number, bytes: Buffer): void
  sessionsEnded(sessionIds: readonly number[]): void
}

export type Replica = {
  database: Database
  broker: Broker
  limiter: Limiter
  accounts: Accounts
  chat: Chat
  metrics: Metrics
  /** Tells every replica, this one included; for what is not stored (typing). */
  announce: ReturnType<typeof createAnnouncer>
  /** `PUBLIC_URL`, or the address that this process listens on. */
  publicUrl: () => string
  /** Sets what `publicUrl` answers where `PUBLIC_URL` is not set. */
  listeningOn(address: string): void
  /** From now on `rooms` hear what this process commits. */
  joinRooms(rooms: LocalRooms): void
}

/**
 * Opens all of it, and adds the stop steps in the order that loses nothing: first the writer, then the bus, then
 * PostgreSQL. The database must be migrated.
 * @throws StartError where PostgreSQL cannot be used, or was migrated by an earlier version only
 */
export async function openReplica(service: Service<ReplicaConfig>, databaseUrl: string): Promise<Replica> {
  const { config, log } = service
  await traceTo(service)
  const metrics = createMetrics()
  let rooms: LocalRooms | undefined
  let address = ''
  const publicUrl = () => config.PUBLIC_URL ?? address
  const onError = (error: unknown, doing: string) => log.error({ err: error, doing }, 'a task failed')

  const database = await openDatabase(service, databaseUrl, metrics)
  const { broker, limiter } = await openBus(service, metrics)
  const publish = createAnnouncer({
    broker,
    local: (id, bytes) => rooms?.receive(id, bytes),
    onOutcome: outcome => metrics.bus.publications.inc(outcome),
  })
  const announce: typeof publish = events => {
    for (const { event } of events) metrics.bus.announced.inc(event.type)
    publish(events)
  }
  const accounts = createAccounts({
    database,
    ended: sessionIds => {
      rooms?.sessionsEnded(sessionIds)
      tellSessionsEnded(broker, sessionIds)
    },
  })
  const chat = createChat({ database, committed: announce, publicUrl, onError, metrics: metrics.writer })
  service.onStop('writer', () => chat.close())
  return {
    ...{ database, broker, limiter, accounts, chat, metrics, announce, publicUrl },
    listeningOn: url => {
      address = url
    },
    joinRooms: local => {
      rooms = local
    },
  }
}

async function traceTo(service: Service<ReplicaConfig>): Promise<void> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = service.config
  if (!endpoint) return
  const onError = (detail: string) => service.log.warn({ detail }, 'traces could not be sent')
  service.onStop('traces', await startTracing(endpoint, onError))
}

async function openDatabase(service: Service<unknown>, url: string, metrics: Metrics): Promise<Database> {
  const onError = (error: Error) => {
    // On the way down our own PostgreSQL may cut what the pool was just closing.
    const level = service.stopping.aborted ? 'debug' : 'warn'
    service.log[level]({ err: error }, 'a connection to PostgreSQL was lost')
  }
  const database = newDatabase(url, onError, metrics)
  try {
    await database.connect()
    await refuseOldSchema(database, service.log)
  } catch (cause) {
    await database.close()
    throw cause instanceof StartError ? cause : cannotBeUsed(cause)
  }
  service.onStop('database', () => database.close())
  return database
}

function newDatabase(url: string, onError: (error: Error) => void, metrics: Metrics): Database {
  try {
    return new Database({ url, onError, metrics: metrics.database })
  } catch (cause) {
    throw cannotBeUsed(cause)
  }
}

/** A schema that is ahead is fine: the next version has only added to it. */
async function refuseOldSchema(database: Database, log: Service<unknown>['log']): Promise<void> {
  const { missing, later } = await database.schema()
  if (missing.length > 0) {
    throw new StartError(`The database lacks ${missing.join(', ')} of this version. Run first: npm run migrate`)
  }
  if (later.length > 0) log.info({ migrations: later }, 'the database was migrated by a later version')
}

function cannotBeUsed(cause: unknown): StartError {
  return new StartError(`PostgreSQL cannot be used: ${reasonOf(cause)}`, { cause })
}

function readUrl<T>(open: () => T): T {
  try {
    return open()
  } catch (cause) {
    throw new StartError(`REDIS_URL cannot be used: ${reasonOf(cause)}`, { cause })
  }
}

async function openBus(
  service: Service<ReplicaConfig>,
  metrics: Metrics,
): Promise<{ broker: Broker; limiter: Limiter }> {
  const { config } = service
  const onError = (error: Error, doing: string) =>
    service.log.warn({ err: error, doing, advice: adviceFor(error) }, 'Redis is not as it should be')
  const place = { url: config.REDIS_URL, prefix: config.REDIS_PREFIX, onError }
  const onRoundTrip = (ms: number) => metrics.bus.roundTripSeconds.observe(ms / 1_000)
  const broker = readUrl(() => createBroker({ ...place, replicaId: randomUUID(), onRoundTrip }))
  countSignals(broker, metrics.bus)
  const limiter = countRefusals(createLimiter({ ...place, replicas: () => broker.replicas }), metrics.bus)
  service.onStop('bus', () => Promise.all([broker.close(), limiter.close()]))
  await broker.start()
  return { broker, limiter }
}

/** Every gateway closes the sockets of these; one that misses it finds out by its own regular look at the sessions. */
function tellSessionsEnded(broker: Broker, session_ids: readonly number[]): void {
  void broker.publish(controlChannel, Buffer.from(JSON.stringify({ type: 'sessions_ended', session_ids })))
}
