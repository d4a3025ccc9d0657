// One Redis as the bus sees it: a publisher, a subscriber, and the canary that watches both.
import type { Redis } from 'ioredis'
import { type BrokerErrorHandler, brokerTiming, nudge } from './broker.ts'
import { type Canary, type CanaryKind, CanaryWatch, decodeCanary, encodeCanary, type PeerLoss } from './canary.ts'
import { asError } from './listeners.ts'
import type { MissedChannels } from './missed-channels.ts'
import { isElsewhere, type PubSubCommands } from './pub-sub-commands.ts'
import { connect, cut, disconnect, openConnection } from './redis-connection.ts'
import { RedisPublisher } from './redis-publisher.ts'
import { RedisSubscriber } from './redis-subscriber.ts'
import type { RedisTarget } from './redis-url.ts'
import { RoundTrips } from './round-trips.ts'

export type Silence = 'disconnected' | 'unacknowledged' | 'unheard'

/** Names are whole ones, as Redis knows them. */
export type LinkOptions = {
  target: RedisTarget
  commands: PubSubCommands
  /** The channel of the canaries, the same for every process. */
  canaryName: string
  /** New at every start of a process. */
  instance: string
  replicaId: string
  /** What failed here, and is nudged here. */
  missed: MissedChannels
  onError: BrokerErrorHandler
  onMessage: (name: string, payload: Buffer) => void
  /** Called when `silence` changes from or to undefined. */
  onState: () => void
  /** None: every name. */
  onResubscribed: (names?: readonly string[]) => void
  onLoss: (loss: PeerLoss) => void
  /** The server does not serve what is asked of it: somewhere else is another that does. */
  onElsewhere?: () => void
  /** How long an own canary took, there and back, in milliseconds. */
  onRoundTrip?: ((ms: number) => void) | undefined
}

export class RedisLink {
  readonly missed: MissedChannels
  readonly #options: LinkOptions
  readonly #connections: { publisher: Redis; subscriber: Redis }
  readonly #hasSentinels: boolean
  readonly #publisher: RedisPublisher
  readonly #subscriber: RedisSubscriber
  readonly #watch: CanaryWatch
  #canaryName: string
  #timer: NodeJS.Timeout | undefined
  #count = 0
  readonly #roundTrips = new RoundTrips()
  #silence: Silence | undefined = 'disconnected'
  #silentSinceMs = 0
  #isClosed = false

  constructor(options: LinkOptions) {
    const { target, commands, canaryName, instance, onError } = options
    this.#options = options
    this.missed = options.missed
    this.#canaryName = canaryName
    this.#watch = new CanaryWatch(instance, brokerTiming.silentAfterMs)
    const publisher = openConnection(target, 'publisher', onError, { enableAutoPipelining: true })
    const subscriber = openConnection(target, 'subscriber', onError)
    this.#connections = { publisher, subscriber }
    this.#hasSentinels = target.sentinels !== undefined
    this.#publisher = new RedisPublisher({
      redis: publisher,
      commands,
      deadlineMs: brokerTiming.publishDeadlineMs,
      onChange: () => this.#evaluate(),
      onRefused: error => this.#hearRefusal(error),
    })
    this.#subscriber = new RedisSubscriber({
      redis: subscriber,
      commands,
      ownName: canaryName,
      subscribeDeadlineMs: brokerTiming.subscribeDeadlineMs,
      onMessage: (name, payload) => this.#deliver(name, payload),
      onChange: () => this.#onSubscriptions(),
      onResubscribed: options.onResubscribed,
      onElsewhere: () => options.onElsewhere?.(),
    })
    publisher.on('ready', () => this.#beat())
  }

  /** Why nothing can be trusted to arrive here, if so. */
  get silence(): Silence | undefined {
    return this.#silence
  }

  /** Other live processes; while silent, the last number known. */
  get peers(): number {
    return this.#watch.peers
  }

  /** Whether what is published under this name is heard now; without one: whatever is wanted. */
  hears(name?: string): boolean {
    if (this.#silence) return false
    return name === undefined ? !this.#subscriber.isOwing : this.#subscriber.isLive(name)
  }

  async publish(name: string, payload: Uint8Array): Promise<'published' | 'failed'> {
    const outcome = await this.#publisher.publish(name, payload)
    if (outcome === 'failed') this.missed.add(name)
    return outcome
  }

  subscribe(names: readonly string[]): Promise<'subscribed' | 'pending'> {
    return this.#subscriber.subscribe(names)
  }

  unsubscribe(names: readonly string[]): Promise<void> {
    return this.#subscriber.unsubscribe(names)
  }

  /** Listens to names that another link listened to. */
  adopt(names: Iterable<string>): void {
    this.#subscriber.adopt(names)
  }

  renew(names: readonly string[]): void {
    this.#subscriber.renew(names)
  }

  /** From now on canaries are sent and heard under another name. */
  replaceCanary(name: string): void {
    this.#canaryName = name
    this.#subscriber.replaceOwnName(name)
  }

  start(): void {
    this.#silentSinceMs = performance.now()
    connect(this.#connections.subscriber)
    connect(this.#connections.publisher)
    this.#timer = setInterval(() => this.#tick(), brokerTiming.canaryIntervalMs)
  }

  /** Says goodbye to the peers, unless something is still due to them, and lets go of the connections. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#timer)
    if (this.#publisher.isAcknowledged) await this.#makeUp()
    // Without a goodbye the peers compare their heads, which is what they should do when something is still due.
    if (this.#publisher.isAcknowledged && this.missed.isEmpty) await this.#sendCanary('bye')
    this.#publisher.close()
    this.#subscriber.close()
    disconnect(this.#connections.publisher)
    disconnect(this.#connections.subscriber)
    this.#silence = 'disconnected'
  }

  #deliver(name: string, payload: Buffer): void {
    if (name === this.#canaryName) this.#hear(decodeCanary(payload))
    else if (!this.#isClosed) this.#options.onMessage(name, payload)
  }

  #hear(canary: Canary | undefined): void {
    if (!canary) return
    this.#tell(this.#watch.hear(canary, performance.now()))
    if (canary.instance !== this.#options.instance) return
    const tookMs = this.#roundTrips.end(canary.count, performance.now())
    if (tookMs !== undefined) this.#options.onRoundTrip?.(tookMs)
    this.#evaluate()
  }

  #hearRefusal(error: unknown): void {
    if (isElsewhere(error)) this.#options.onElsewhere?.()
    else if (asError(error).name === 'ReplyError') this.#options.onError(asError(error), 'redis publisher')
  }

  #onSubscriptions(): void {
    if (this.#subscriber.isComplete) this.#beat()
    else this.#watch.forgetOwn()
    this.#evaluate()
  }

  #tick(): void {
    this.#beat()
    // Judged after the poll phase: when this process itself was stalled, the canaries lie ready in the socket.
    setImmediate(() => this.#judge())
  }

  #judge(): void {
    if (this.#isClosed) return
    const nowMs = performance.now()
    const losses = this.#watch.silentPeers(nowMs)
    for (const loss of losses) this.#tell(loss)
    this.#evaluate()
    const isStale = this.#silence !== undefined && nowMs - this.#silentSinceMs >= brokerTiming.cutAfterMs
    // With Sentinels, all others gone at once may mean that they follow a new master, and this process the old one.
    const isAlone = losses.length > 0 && this.#watch.peers === 0 && this.#hasSentinels
    if (isStale || isAlone) this.#reconnect(nowMs)
  }

  #reconnect(nowMs: number): void {
    this.#silentSinceMs = nowMs
    cut(this.#connections.publisher)
    cut(this.#connections.subscriber)
  }

  async #beat(): Promise<void> {
    if (this.#isClosed) return
    if ((await this.#sendCanary('beat')) === 'published') await this.#makeUp()
  }

  #sendCanary(kind: CanaryKind): Promise<'published' | 'failed'> {
    this.#count += 1
    this.#roundTrips.begin(this.#count, performance.now())
    const { instance, replicaId } = this.#options
    return this.#publisher.probe(this.#canaryName, encodeCanary({ kind, instance, replicaId, count: this.#count }))
  }

  #makeUp(): Promise<void> {
    return this.missed.makeUp({
      nudge: name => this.#publisher.publish(name, nudge),
      overflow: () => this.#sendCanary('missed'),
    })
  }

  #evaluate(): void {
    const silence = this.#judgeSilence()
    if ((silence === undefined) === (this.#silence === undefined) || this.#isClosed) return
    this.#silence = silence
    if (silence) this.#silentSinceMs = performance.now()
    this.#options.onState()
  }

  #judgeSilence(): Silence | undefined {
    if (!this.#subscriber.isComplete) return 'disconnected'
    if (!this.#publisher.isAcknowledged) return 'unacknowledged'
    return this.#watch.isHeard(performance.now()) ? undefined : 'unheard'
  }

  #tell(loss: PeerLoss | undefined): void {
    if (loss) this.#options.onLoss(loss)
  }
}
