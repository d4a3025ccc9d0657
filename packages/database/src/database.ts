// The pool, its settings, and the epoch that its connections agree on.
import { EventEmitter } from 'node:events'
import { createMetrics, type DatabaseMetrics } from '@goftegu/metrics'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { readDatabaseUrl } from './database-url.ts'
import { MeasuredPool, readPools } from './measured-pool.ts'
import { knownMigrations } from './migrate.ts'
import { type SchemaStanding, schemaStanding } from './schema-standing.ts'
import { claimSession } from './session.ts'
import { SilenceWatch } from './silence.ts'
import type { Tables } from './tables.ts'

export type Db = Kysely<Tables>

/** int8 arrives as text; a value beyond 2^53-1 would be another number, so it is refused. */
function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 out of the safe range: ${text}`)
  return value
}

const int8Oid = 20
const parsers: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === int8Oid ? parseInt8 : pg.types.getTypeParser(oid, format)),
}

export type DatabaseOptions = {
  /** `postgres://user:password@host:port/database`, with TLS `?sslmode=verify-full&sslrootcert=FILE`. */
  url: string
  /** Most connections of this pool. 10 measured best for the reads; the writer has its own. */
  poolSize?: number
  /** Shown in `pg_stat_activity`. */
  applicationName?: string
  /** An idle connection broke, or a new one was refused; PostgreSQL may be restarting. */
  onError?: (error: Error) => void
  metrics?: DatabaseMetrics
}

/** What an application's connections are set to (reliability: a stuck query holds a lock no longer than this). */
const settings: Record<string, string> = {
  statement_timeout: '5000',
  lock_timeout: '2000',
  idle_in_transaction_session_timeout: '5000',
  synchronous_commit: 'on',
}

/**
 * A pool of connections to a migrated primary. Each new connection reads the epoch and refuses a server in recovery;
 * `epoch` is what the newest connection saw, and a change of it is told to `onEpoch`'s listeners.
 */
export class Database {
  readonly db: Db
  readonly pool: MeasuredPool
  #epoch = ''
  readonly #events = new EventEmitter<{ epoch: [string]; connected: [] }>()
  readonly #options: DatabaseOptions
  readonly #metrics: DatabaseMetrics
  readonly #silence = new SilenceWatch()
  readonly #pools: { name: string; pool: pg.Pool }[] = []

  constructor(options: DatabaseOptions) {
    this.#options = options
    this.#metrics = options.metrics ?? createMetrics().database
    readPools(this.#metrics, this.#pools)
    this.pool = this.createPool('main', options.poolSize ?? 10)
    this.db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: this.pool }) })
  }

  /**
   * A pool beside the main one, to the same database and as careful with the epoch; `name` is what metrics call it,
   * `changes` are PostgreSQL settings on top of the usual ones. Whoever asked for it ends it.
   */
  createPool(name: string, size: number, changes: Record<string, string> = {}): MeasuredPool {
    const { url, applicationName = 'goftegu', onError = () => {} } = this.#options
    const pool = new MeasuredPool(this.#metrics.waitSeconds.labels(name), {
      connectionString: readDatabaseUrl(url),
      max: size,
      application_name: applicationName,
      types: parsers,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      verify: (client, done) => {
        this.#greet(client, { ...settings, ...changes }).then(() => done(), done)
      },
    })
    // Unhandled, the error of an idle connection (a database restart) would end the process.
    pool.on('error', onError)
    this.#silence.watch(pool)
    // A connection that is lent out reports its loss to whoever waits for its answer, and here to nobody twice.
    pool.on('connect', client => client.on('error', () => {}))
    this.#pools.push({ name, pool })
    return pool
  }

  /** 16 hexadecimal digits: which history the numbers of a conversation belong to. '' before the first connection. */
  get epoch(): string {
    return this.#epoch
  }

  /** Calls `listener` when a new connection sees another epoch than the last one did. Returns how to stop that. */
  onEpoch(listener: (epoch: string) => void): () => void {
    this.#events.on('epoch', listener)
    return () => this.#events.off('epoch', listener)
  }

  /** Calls `listener` after each new connection to PostgreSQL: what was announced before it may have been missed. */
  onConnected(listener: () => void): () => void {
    this.#events.on('connected', listener)
    return () => this.#events.off('connected', listener)
  }

  /**
   * Connects, so that the epoch is known: twice, because a pooler that shares sessions shows at the second.
   * @throws what PostgreSQL answers; SharedSessionError
   */
  async connect(): Promise<void> {
    const first = await this.pool.connect()
    try {
      const second = await this.pool.connect()
      second.release(true)
    } finally {
      first.release()
    }
  }

  /** How its schema stands to this version's: with anything `missing`, it has to be migrated before it is used. */
  schema(): Promise<SchemaStanding> {
    return schemaStanding(this.pool, knownMigrations)
  }

  /** Ends every connection once its query is done. */
  async close(): Promise<void> {
    await this.db.destroy()
  }

  async #greet(client: pg.ClientBase, settings: Record<string, string>): Promise<void> {
    await claimSession(client, settings)
    await this.#readEpoch(client)
  }

  async #readEpoch(client: pg.ClientBase): Promise<void> {
    const { rows } = await client.query<{ epoch: string }>('select current_epoch() as epoch')
    const epoch = rows[0]!.epoch
    const before = this.#epoch
    this.#epoch = epoch
    this.#metrics.connected.inc()
    this.#events.emit('connected')
    if (before === '' || before === epoch) return
    this.#metrics.epochChanges.inc()
    this.#events.emit('epoch', epoch)
  }
}
