// Keeps the map of a cluster true: asked for now and then, and at once when something does not fit.
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { BrokerErrorHandler } from './broker.ts'
import { type ClusterMap, keyOf, newest, readMap } from './cluster-map.ts'
import { asError } from './listeners.ts'
import { type RedisAddress, type RedisTarget, targetAt } from './redis-url.ts'

/** So long all that are asked are waited for; then, and up to the deadline, the first one is. */
const allWithinMs = 400
const answerDeadlineMs = 2_000
/** So many are asked at a time: one may be frozen, and one may believe in what was. */
const askedAtOnce = 3
/** Between two looks: when all is well, and while it is not. */
const calmIntervalMs = 10_000
const troubledIntervalMs = 250
/** Many things notice a change at once, and go on noticing it. */
const hintDelayMs = 20
const mostOftenMs = 100

type Options = {
  target: RedisTarget
  /** Called after every look that found a map, changed or not. */
  onMap: (map: ClusterMap) => void
  /** Whether something is missing, so that it is worth while to look again soon. */
  isTroubled: () => boolean
  onError: BrokerErrorHandler
}

export class ClusterTopology {
  readonly #options: Options
  #known: RedisAddress[] = []
  #timer: NodeJS.Timeout | undefined
  #dueMs = Number.POSITIVE_INFINITY
  #isLooking = false
  #lookedMs = Number.NEGATIVE_INFINITY
  #isReported = false
  #isClosed = false

  constructor(options: Options) {
    this.#options = options
  }

  start(): void {
    this.#lookIn(0)
  }

  /** Something does not fit the map. */
  hint(): void {
    this.#lookIn(Math.max(hintDelayMs, this.#lookedMs + mostOftenMs - performance.now()))
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #lookIn(delayMs: number): void {
    const dueMs = performance.now() + delayMs
    if (this.#isClosed || dueMs >= this.#dueMs) return
    this.#dueMs = dueMs
    clearTimeout(this.#timer)
    if (!this.#isLooking) this.#timer = setTimeout(() => void this.#look(), delayMs)
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    this.#dueMs = Number.POSITIVE_INFINITY
    const maps = await this.#views()
    this.#isLooking = false
    this.#lookedMs = performance.now()
    if (this.#isClosed) return
    const map = newest(maps)
    if (map) {
      this.#known = map.nodes
      this.#options.onMap(map)
    }
    const isTroubled = !map || this.#options.isTroubled()
    const hintedInMs = this.#dueMs - performance.now()
    this.#dueMs = Number.POSITIVE_INFINITY
    const intervalMs = (isTroubled ? troubledIntervalMs : calmIntervalMs) * (0.75 + Math.random() / 2)
    this.#lookIn(Math.max(0, Math.min(intervalMs, hintedInMs)))
  }

  /** What some nodes see; none when nobody answers. */
  async #views(): Promise<ClusterMap[]> {
    const maps: ClusterMap[] = []
    const asked = this.#sample().map(async address => {
      const map = await this.#ask(address)
      if (map) maps.push(map)
    })
    const first = Promise.any(asked).then(
      () => this.#report(),
      (cause: AggregateError) => this.#report(asError(cause.errors[0])),
    )
    await Promise.race([Promise.allSettled(asked), delay(allWithinMs)])
    await first
    return maps
  }

  /** Some of all nodes that are known, in no order: the same ones should not be asked for ever. */
  #sample(): RedisAddress[] {
    const nodes = [...this.#known, ...(this.#options.target.clusterNodes ?? [])]
    const unique = [...new Map(nodes.map(address => [keyOf(address), address])).values()]
    const drawn = unique.map(address => ({ address, lot: Math.random() })).sort((a, b) => a.lot - b.lot)
    return drawn.slice(0, askedAtOnce).map(({ address }) => address)
  }

  /** A connection for one question: those in use may be the ones that are frozen. Rejects where there is no answer. */
  async #ask(address: RedisAddress): Promise<ClusterMap | undefined> {
    const redis = new Redis({
      ...targetAt(this.#options.target, address),
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: answerDeadlineMs,
      commandTimeout: answerDeadlineMs,
      disconnectTimeout: 100,
      connectionName: 'goftegu-topology',
    })
    let failure: Error | undefined
    const late = setTimeout(() => {
      failure = new Error(`no answer within ${answerDeadlineMs} ms`)
      redis.disconnect()
    }, answerDeadlineMs)
    redis.on('error', error => {
      failure = error
    })
    try {
      await redis.connect()
      const [info, slots] = await Promise.all([redis.cluster('INFO'), redis.cluster('SLOTS')])
      return readMap(String(info), slots, address)
    } catch (cause) {
      throw failure ?? cause
    } finally {
      clearTimeout(late)
      redis.disconnect()
    }
  }

  /** Once, until somebody answers again. */
  #report(error?: Error): void {
    if (error && !this.#isReported && !this.#isClosed) this.#options.onError(error, 'redis cluster')
    this.#isReported = error !== undefined
  }
}
