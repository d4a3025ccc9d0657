// The broker over one Redis, or the one that Sentinels name.

import { randomUUID } from 'node:crypto'
import {
  type Broker,
  type BrokerErrorHandler,
  type BrokerSignal,
  brokerTiming,
  type MessageListener,
  type SignalListener,
} from './broker.ts'
import { Listeners } from './listeners.ts'
import { MissedChannels } from './missed-channels.ts'
import { plainCommands } from './pub-sub-commands.ts'
import { RedisLink } from './redis-link.ts'
import { parseRedisUrl } from './redis-url.ts'

export type RedisBrokerOptions = {
  url: string
  /** Goes before every channel's name: ioredis' `keyPrefix` leaves PUBLISH and SUBSCRIBE alone. */
  prefix: string
  /** Names this process to its peers, in their `peer_lost`. */
  replicaId: string
  onError: BrokerErrorHandler
  /** How many channels of failed publications are remembered. */
  mostMissed?: number
  /** How long an own canary took through Redis, in milliseconds: four a second. */
  onRoundTrip?: ((ms: number) => void) | undefined
}

export class RedisBroker implements Broker {
  readonly #prefix: string
  readonly #link: RedisLink
  readonly #messages: Listeners<Parameters<MessageListener>>
  readonly #signals: Listeners<[BrokerSignal]>

  constructor({ url, prefix, replicaId, onError, mostMissed, onRoundTrip }: RedisBrokerOptions) {
    this.#prefix = prefix
    this.#messages = new Listeners(error => onError(error, 'message listener'))
    this.#signals = new Listeners(error => onError(error, 'signal listener'))
    this.#link = new RedisLink({
      target: parseRedisUrl(url),
      commands: plainCommands,
      canaryName: `${prefix}~canary`,
      instance: randomUUID(),
      replicaId,
      missed: new MissedChannels(mostMissed),
      onError,
      onMessage: (name, payload) => this.#messages.emit(name.slice(prefix.length), payload),
      onState: () => this.#tellState(),
      onResubscribed: names => this.#signals.emit({ type: 'resubscribed', ...(names && concerning(names, prefix)) }),
      onRoundTrip,
      onLoss: loss => this.#signals.emit({ type: 'peer_lost', ...loss }),
    })
  }

  get state(): 'heard' | 'silent' {
    return this.#link.silence ? 'silent' : 'heard'
  }

  get replicas(): number {
    return 1 + this.#link.peers
  }

  hears(channel?: string): boolean {
    return this.#link.hears(channel === undefined ? undefined : this.#prefix + channel)
  }

  publish(channel: string, payload: Uint8Array): Promise<'published' | 'failed'> {
    return this.#link.publish(this.#prefix + channel, payload)
  }

  subscribe(channels: readonly string[]): Promise<'subscribed' | 'pending'> {
    return this.#link.subscribe(channels.map(channel => this.#prefix + channel))
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#link.unsubscribe(channels.map(channel => this.#prefix + channel))
  }

  renew(channels: readonly string[]): void {
    this.#link.renew(channels.map(channel => this.#prefix + channel))
  }

  onMessage(listener: MessageListener): () => void {
    return this.#messages.add(listener)
  }

  onSignal(listener: SignalListener): () => void {
    return this.#signals.add(listener)
  }

  async start(): Promise<void> {
    const heard = Promise.withResolvers<void>()
    const remove = this.onSignal(({ type }) => type === 'heard' && heard.resolve())
    const deadline = setTimeout(heard.resolve, brokerTiming.startDeadlineMs)
    this.#link.start()
    await heard.promise
    clearTimeout(deadline)
    remove()
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  #tellState(): void {
    const reason = this.#link.silence
    this.#signals.emit(reason ? { type: 'silent', reason } : { type: 'heard' })
  }
}

/** The part of a signal that says which channels it is about. */
export function concerning(names: readonly string[], prefix: string): Pick<BrokerSignal, 'concerns'> {
  const concerned = new Set(names)
  return { concerns: channel => concerned.has(prefix + channel) }
}
