// One Redis that counts takes: one script each, up to a deadline, and a pause after a miss.
import type { Redis } from 'ioredis'
import type { BrokerErrorHandler } from './broker.ts'
import { asError } from './listeners.ts'
import { isElsewhere } from './pub-sub-commands.ts'
import { connect, disconnect, openConnection } from './redis-connection.ts'
import type { RedisTarget } from './redis-url.ts'

/** As `gcra.ts`, by Redis' clock, so that replicas need not agree on the time. Returns the wait in ms, 0 if allowed. */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = tonumber(redis.call('GET', KEYS[1]) or '0')
local next = math.max(full, now) + math.min(cost, burst) * interval
local excess = math.floor((next - now - burst * interval) * 1000 + 0.5) / 1000
if excess > 0 then return math.ceil(excess) end
redis.call('SET', KEYS[1], string.format('%.3f', next), 'PX', math.ceil(next - now))
return 0`

/** After a miss Redis is left alone for this long; then one take tries it, and the others go on with the share. */
const pauseMs = 1_000

type Options = {
  target: RedisTarget
  onError: BrokerErrorHandler
  deadlineMs: number
  /** It does not answer, or does not serve the key: another may. */
  onElsewhere?: () => void
}

export class RedisCounter {
  readonly #redis: Redis
  readonly #options: Options
  #pausedUntilMs = 0

  constructor(options: Options) {
    this.#options = options
    // socketTimeout ends a connection that owes answers and says nothing, and with it what waits there.
    this.#redis = openConnection(options.target, 'limiter', options.onError, { socketTimeout: 3_000 })
    connect(this.#redis)
  }

  get isReady(): boolean {
    return this.#redis.status === 'ready'
  }

  /** The wait that Redis says, in ms, 0 if allowed; undefined when it does not answer in time. */
  async take(key: string, cost: number, intervalMs: number, burst: number): Promise<number | undefined> {
    if (!this.isReady) this.#options.onElsewhere?.()
    if (!this.isReady || performance.now() < this.#pausedUntilMs) return undefined
    const isTrial = this.#pausedUntilMs > 0
    if (isTrial) this.#pause()
    const answer = this.#redis
      .eval(script, 1, key, cost, intervalMs, burst)
      .catch(cause => this.#report(asError(cause)))
    const waitMs = await withinDeadline(answer, this.#options.deadlineMs)
    if (typeof waitMs === 'number') this.#pausedUntilMs = 0
    else this.#pause()
    return typeof waitMs === 'number' ? waitMs : undefined
  }

  close(): void {
    disconnect(this.#redis)
  }

  #pause(): void {
    this.#pausedUntilMs = performance.now() + pauseMs
    this.#options.onElsewhere?.()
  }

  /** A broken script or a full Redis is somebody's to mend; a lost connection is reported by the connection. */
  #report(error: Error): void {
    if (error.name === 'ReplyError' && !isElsewhere(error)) this.#options.onError(error, 'redis limiter script')
  }
}

/** The answer, or undefined after the deadline; judged after the poll phase, in case this process was the slow one. */
function withinDeadline(answer: Promise<unknown>, deadlineMs: number): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const timer = setTimeout(() => setImmediate(resolve, undefined), deadlineMs)
  answer.then(value => {
    clearTimeout(timer)
    resolve(value)
  })
  return promise
}
