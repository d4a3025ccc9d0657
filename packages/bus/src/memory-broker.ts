// The broker within one process: for a single replica, and for tests with several.

import {
  type Broker,
  type BrokerErrorHandler,
  type BrokerSignal,
  type MessageListener,
  nudge,
  type SignalListener,
} from './broker.ts'
import { Listeners } from './listeners.ts'
import { MissedChannels } from './missed-channels.ts'

/** What several memory brokers of one process share, as replicas share a Redis. */
export class MemoryBus {
  readonly #brokers = new Set<MemoryBroker>()
  readonly #queue: [channel: string, payload: Buffer][] = []
  #isPaused = false

  get isPaused(): boolean {
    return this.#isPaused
  }

  get replicas(): number {
    return this.#brokers.size
  }

  join(broker: MemoryBroker): void {
    this.#brokers.add(broker)
  }

  leave(broker: MemoryBroker): void {
    this.#brokers.delete(broker)
  }

  /** Puts a copy in line; delivered to all after this turn, in the order of publication. */
  send(channel: string, payload: Uint8Array): void {
    if (this.#queue.push([channel, Buffer.from(payload)]) === 1) setImmediate(() => this.#deliver())
  }

  /** Falls silent, as a frozen Redis does: for tests. */
  pause(): void {
    this.#isPaused = true
    for (const broker of this.#brokers) broker.tell({ type: 'silent', reason: 'unheard' })
  }

  async resume(): Promise<void> {
    this.#isPaused = false
    await Promise.all([...this.#brokers].map(broker => broker.makeUp()))
    for (const broker of this.#brokers) broker.tell({ type: 'heard' })
  }

  /** Every process but `from` learns that more was missed than could be remembered. */
  overflow(from: MemoryBroker): void {
    for (const broker of this.#brokers) {
      if (broker !== from) broker.tell({ type: 'peer_lost', replicaId: from.replicaId, reason: 'overflow' })
    }
  }

  #deliver(): void {
    for (const [channel, payload] of this.#queue.splice(0)) {
      for (const broker of this.#brokers) broker.deliver(channel, payload)
    }
  }
}

export type MemoryBrokerOptions = {
  bus: MemoryBus
  replicaId: string
  onError: BrokerErrorHandler
  /** How many channels of failed publications are remembered. */
  mostMissed?: number
}

export class MemoryBroker implements Broker {
  readonly replicaId: string
  readonly #bus: MemoryBus
  readonly #channels = new Set<string>()
  readonly #missed: MissedChannels
  readonly #messages: Listeners<Parameters<MessageListener>>
  readonly #signals: Listeners<[BrokerSignal]>
  #isStarted = false

  constructor({ bus, replicaId, onError, mostMissed }: MemoryBrokerOptions) {
    this.replicaId = replicaId
    this.#bus = bus
    this.#missed = new MissedChannels(mostMissed)
    this.#messages = new Listeners(error => onError(error, 'message listener'))
    this.#signals = new Listeners(error => onError(error, 'signal listener'))
  }

  get state(): 'heard' | 'silent' {
    return this.#isStarted && !this.#bus.isPaused ? 'heard' : 'silent'
  }

  get replicas(): number {
    return Math.max(1, this.#bus.replicas)
  }

  hears(channel?: string): boolean {
    return this.state === 'heard' && (channel === undefined || this.#channels.has(channel))
  }

  async publish(channel: string, payload: Uint8Array): Promise<'published' | 'failed'> {
    if (this.state === 'silent') {
      this.#missed.add(channel)
      return 'failed'
    }
    this.#bus.send(channel, payload)
    return 'published'
  }

  async subscribe(channels: readonly string[]): Promise<'subscribed' | 'pending'> {
    for (const channel of channels) this.#channels.add(channel)
    return this.state === 'heard' ? 'subscribed' : 'pending'
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    for (const channel of channels) this.#channels.delete(channel)
  }

  /** Nothing can get lost here. */
  renew(): void {}

  onMessage(listener: MessageListener): () => void {
    return this.#messages.add(listener)
  }

  onSignal(listener: SignalListener): () => void {
    return this.#signals.add(listener)
  }

  async start(): Promise<void> {
    this.#isStarted = true
    this.#bus.join(this)
    if (this.state === 'heard') this.tell({ type: 'heard' })
  }

  async close(): Promise<void> {
    this.#isStarted = false
    this.#bus.leave(this)
    this.#channels.clear()
  }

  /** For the bus: hands over what was published, where it was asked for. */
  deliver(channel: string, payload: Buffer): void {
    if (this.#channels.has(channel)) this.#messages.emit(channel, payload)
  }

  /** For the bus. */
  tell(signal: BrokerSignal): void {
    this.#signals.emit(signal)
  }

  /** For the bus: nudges where publications failed. */
  makeUp(): Promise<void> {
    return this.#missed.makeUp({
      nudge: channel => this.publish(channel, nudge),
      overflow: async () => {
        this.#bus.overflow(this)
        return 'published'
      },
    })
  }
}
