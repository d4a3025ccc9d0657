// Keeps a connection's subscriptions equal to what was last asked for, across every reconnection.

import type { Redis } from 'ioredis'
import { isElsewhere, type PubSubCommands } from './pub-sub-commands.ts'
import { cut } from './redis-connection.ts'
import { type Change, SubscriptionLedger } from './subscription-ledger.ts'

/** 100,000 channels take 0.5 s in batches of this size; one call per channel stalls the event loop. */
const batchSize = 1_000
/** A cluster takes subscriptions away one by one: they are looked through when the server has had its say. */
const lookThroughAfterMs = 10
/** A name that the server does not serve is tried again so much later, unless it is wanted elsewhere by then. */
const retryMs = 100

type Options = {
  redis: Redis
  commands: PubSubCommands
  /** Listened to from the start, and until `replaceOwnName`. */
  ownName: string
  subscribeDeadlineMs: number
  onMessage: (name: string, payload: Buffer) => void
  /** Called when `isComplete` changes. */
  onChange: () => void
  /** These are listened to, and for a while were not; none means: all. */
  onResubscribed: (names?: readonly string[]) => void
  /** The server does not serve names that are wanted from it. */
  onElsewhere: () => void
}

/**
 * Compares what is wanted with what this connection has acknowledged, one batch at a time, until both are equal.
 * ioredis' own re-subscription is off: it says neither when it is done nor that it failed.
 */
export class RedisSubscriber {
  readonly #options: Options
  readonly #ledger: SubscriptionLedger
  readonly #retries = new Set<NodeJS.Timeout>()
  #ownName: string
  #lookingThrough: NodeJS.Timeout | undefined
  #isWorking = false
  #isClosed = false
  #isComplete = false

  constructor(options: Options) {
    this.#options = options
    const { redis, commands, ownName } = options
    this.#ledger = new SubscriptionLedger(commands.groupOf)
    this.#ownName = ownName
    this.#ledger.want([ownName])
    redis.on(commands.event, (name: Buffer, payload: Buffer) => this.#deliver(name.toString(), payload))
    redis.on('ready', () => this.#work())
    redis.on('close', () => this.#lose())
    redis.on('moved', () => {
      this.#lookingThrough ??= setTimeout(() => this.#lookThrough(), lookThroughAfterMs)
    })
  }

  /** Connected, and everything wanted at the time of the connection is acknowledged. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Whether somebody counts on a name that is not listened to. */
  get isOwing(): boolean {
    return this.#ledger.waits.isOwing
  }

  /** Whether this name is listened to. */
  isLive(name: string): boolean {
    return this.#ledger.isLive(name)
  }

  /** `pending`: not within the deadline, at once while disconnected, or unsubscribed meanwhile. */
  subscribe(names: readonly string[]): Promise<'subscribed' | 'pending'> {
    if (this.#isClosed) return Promise.resolve('pending')
    const missing = this.#ledger.want(names)
    const isConnected = this.#options.redis.status === 'ready'
    const waiting = this.#ledger.waits.wait(missing, isConnected ? this.#options.subscribeDeadlineMs : 0)
    this.#work()
    return waiting
  }

  /** Listens to these, whose owners were told elsewhere that they are: `onResubscribed` follows. */
  adopt(names: Iterable<string>): void {
    this.#ledger.adopt([...names])
    this.#work()
  }

  /** Asks the server once more for what it should have, if it is still wanted. */
  renew(names: readonly string[]): void {
    this.#ledger.doubt(names)
    this.#work()
  }

  replaceOwnName(name: string): void {
    if (name === this.#ownName) return
    this.#ledger.want([name])
    this.#ledger.drop([this.#ownName])
    this.#ownName = name
    this.#work()
  }

  async unsubscribe(names: readonly string[]): Promise<void> {
    this.#ledger.drop(names)
    await this.#work()
  }

  /** Before the connection itself is ended. */
  close(): void {
    this.#ledger.clear()
    this.#lose()
    this.#ledger.waits.dropAll()
    clearTimeout(this.#lookingThrough)
    for (const timer of this.#retries) clearTimeout(timer)
    this.#isClosed = true
  }

  #deliver(name: string, payload: Buffer): void {
    // Redis may still be sending what was already unsubscribed.
    if (this.#ledger.isWanted(name)) this.#options.onMessage(name, payload)
  }

  #lose(): void {
    this.#ledger.loseAll(this.#isComplete)
    this.#setComplete(false)
  }

  async #work(): Promise<void> {
    const { redis } = this.#options
    if (this.#isWorking || redis.status !== 'ready') return
    this.#isWorking = true
    try {
      while (!this.#ledger.isSettled && redis.status === 'ready') await this.#settleBatch(redis)
      if (redis.status === 'ready') this.#setComplete(true)
    } catch {
      // Which of the batch are live is not known any more: a new connection begins with none.
      cut(redis)
    } finally {
      this.#isWorking = false
    }
    if (!this.#ledger.isSettled && redis.status === 'ready') await this.#work()
  }

  async #settleBatch(redis: Redis): Promise<void> {
    const settled = await Promise.all(this.#ledger.nextChanges(batchSize).map(change => this.#settle(redis, change)))
    if (redis.status === 'ready') this.#ledger.acknowledge(settled.flat())
  }

  /** Answers the names that the server acknowledged. Rejects when it is not known which it has. */
  async #settle(redis: Redis, { added, removed }: Change): Promise<string[]> {
    const { commands } = this.#options
    const sent = []
    if (added.length > 0) sent.push(commands.subscribe(redis, added))
    if (removed.length > 0) sent.push(commands.unsubscribe(redis, removed))
    try {
      await Promise.all(sent)
      return added
    } catch (error) {
      if (!isElsewhere(error)) throw error
      this.#retry(added)
      return []
    }
  }

  #retry(names: string[]): void {
    this.#ledger.owe(names)
    this.#options.onElsewhere()
    const timer = setTimeout(() => {
      this.#retries.delete(timer)
      this.#ledger.reopen(names)
      this.#work()
    }, retryMs)
    this.#retries.add(timer)
  }

  /** The server took some away, and ioredis does not say which, but knows. */
  #lookThrough(): void {
    this.#lookingThrough = undefined
    const { redis, commands, onElsewhere } = this.#options
    if (redis.status !== 'ready' || !this.#ledger.loseAllBut(new Set(commands.held(redis)))) return
    onElsewhere()
    this.#work()
  }

  #setComplete(isComplete: boolean): void {
    const hasChanged = this.#isComplete !== isComplete
    this.#isComplete = isComplete
    if (isComplete) this.#tellRegained()
    if (hasChanged) this.#options.onChange()
  }

  #tellRegained(): void {
    const regained = this.#ledger.takeRegained()
    if (regained === 'all') this.#options.onResubscribed()
    else if (regained.length > 0) this.#options.onResubscribed(regained)
  }
}
