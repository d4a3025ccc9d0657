// A pool that tells how long its connections were waited for, how long one would wait now, and how many there are.
import type { DatabaseMetrics } from '@goftegu/metrics'
import pg from 'pg'

type Waits = { observe(seconds: number): void }
type Connected = Parameters<pg.Pool['connect']>[0]

/** How much the newest loan of a connection counts in the average. */
const newestShare = 0.1

/** Every query of a pool asks it for a connection first: here the wait for that is measured. */
export class MeasuredPool extends pg.Pool {
  readonly #waits: Waits
  readonly #lentAtMs = new WeakMap<pg.PoolClient, number>()
  /** How long a connection is lent out, on average. */
  #lentMs = 0

  constructor(waits: Waits, config: pg.PoolConfig) {
    super(config)
    this.#waits = waits
    this.on('acquire', client => this.#lentAtMs.set(client, performance.now()))
    this.on('release', (_error, client) => this.#returned(client))
  }

  /**
   * How many milliseconds somebody who asks now will wait for a connection: those before it take turns as long as the
   * last ones were. Where PostgreSQL has stopped to answer this says nothing; the pool's own deadline does.
   */
  get expectedWaitMs(): number {
    return (this.waitingCount * this.#lentMs) / this.options.max
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: Connected): void
  override connect(callback?: Connected): Promise<pg.PoolClient> | undefined {
    const beganMs = performance.now()
    const note = () => this.#waits.observe((performance.now() - beganMs) / 1_000)
    if (callback) {
      super.connect((error, client, done) => {
        note()
        callback(error, client, done)
      })
      return undefined
    }
    const connected = super.connect()
    connected.then(note, note)
    return connected
  }

  #returned(client: pg.PoolClient): void {
    const lentMs = performance.now() - (this.#lentAtMs.get(client) ?? performance.now())
    this.#lentMs += this.#lentMs === 0 ? lentMs : (lentMs - this.#lentMs) * newestShare
  }
}

/** Lets the gauges read the pools, those too that are added later. */
export function readPools({ connections, waiting }: DatabaseMetrics, pools: { name: string; pool: pg.Pool }[]): void {
  waiting.readFrom(() => pools.map(({ name, pool }) => ({ labels: { pool: name }, value: pool.waitingCount })))
  connections.readFrom(() =>
    pools.flatMap(({ name, pool }) => [
      { labels: { pool: name, state: 'idle' }, value: pool.idleCount },
      { labels: { pool: name, state: 'used' }, value: pool.totalCount - pool.idleCount },
    ]),
  )
}
