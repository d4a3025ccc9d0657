// The broker over a Redis Cluster: one link to each master, and every channel on the link that serves its slot.

import { randomUUID } from 'node:crypto'
import { type Broker, type BrokerSignal, brokerTiming, type MessageListener, type SignalListener } from './broker.ts'
import type { ClusterMap } from './cluster-map.ts'
import { ClusterTopology } from './cluster-topology.ts'
import { Listeners } from './listeners.ts'
import { MissedChannels } from './missed-channels.ts'
import { shardedCommands } from './pub-sub-commands.ts'
import { concerning, type RedisBrokerOptions } from './redis-broker.ts'
import { RedisLink } from './redis-link.ts'
import { parseRedisUrl, type RedisAddress, type RedisTarget, targetAt } from './redis-url.ts'
import { slotCount, slotOf, tagFor } from './slots.ts'

export class RedisClusterBroker implements Broker {
  readonly #options: RedisBrokerOptions
  readonly #target: RedisTarget
  readonly #instance = randomUUID()
  readonly #topology: ClusterTopology
  /** By the master's key. */
  readonly #links = new Map<string, RedisLink>()
  /** By slot. */
  readonly #owners = new Array<RedisLink | undefined>(slotCount).fill(undefined)
  /** The names that are listened to, by slot: all of a slot move together. */
  readonly #wanted = new Map<number, Set<string>>()
  /** What failed before anybody was known to serve it. */
  readonly #unplaced: MissedChannels
  readonly #messages: Listeners<Parameters<MessageListener>>
  readonly #signals: Listeners<[BrokerSignal]>
  readonly #heard = Promise.withResolvers<void>()
  #isClosed = false

  constructor(options: RedisBrokerOptions) {
    const { url, onError, mostMissed } = options
    this.#options = options
    this.#target = parseRedisUrl(url)
    this.#unplaced = new MissedChannels(mostMissed)
    this.#messages = new Listeners(error => onError(error, 'message listener'))
    this.#signals = new Listeners(error => onError(error, 'signal listener'))
    this.#topology = new ClusterTopology({
      target: this.#target,
      onMap: map => this.#follow(map),
      isTroubled: () => !this.hears(),
      onError,
    })
  }

  get state(): 'heard' | 'silent' {
    const isHeard = this.#links.size > 0 && this.#all(link => !link.silence)
    return isHeard && !this.#isClosed ? 'heard' : 'silent'
  }

  get replicas(): number {
    return 1 + Math.max(0, ...[...this.#links.values()].map(link => link.peers))
  }

  hears(channel?: string): boolean {
    if (channel === undefined) return this.state === 'heard' && this.#all(link => link.hears())
    const name = this.#options.prefix + channel
    return this.#owners[slotOf(name)]?.hears(name) ?? false
  }

  async publish(channel: string, payload: Uint8Array): Promise<'published' | 'failed'> {
    const name = this.#options.prefix + channel
    const link = this.#owners[slotOf(name)]
    if (link) return link.publish(name, payload)
    this.#unplaced.add(name)
    return 'failed'
  }

  async subscribe(channels: readonly string[]): Promise<'subscribed' | 'pending'> {
    if (this.#isClosed) return 'pending'
    const names = channels.map(channel => this.#options.prefix + channel)
    for (const name of names) this.#want(name)
    const outcomes = await Promise.all(this.#spread(names, (link, part) => link.subscribe(part)))
    const arePlaced = names.every(name => this.#owners[slotOf(name)])
    return arePlaced && !outcomes.includes('pending') ? 'subscribed' : 'pending'
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    const names = channels.map(channel => this.#options.prefix + channel)
    for (const name of names) {
      const slot = slotOf(name)
      const wanted = this.#wanted.get(slot)
      wanted?.delete(name)
      if (wanted?.size === 0) this.#wanted.delete(slot)
    }
    await Promise.all(this.#spread(names, (link, part) => link.unsubscribe(part)))
  }

  renew(channels: readonly string[]): void {
    this.#topology.hint()
    const names = channels.map(channel => this.#options.prefix + channel)
    this.#spread(names, (link, part) => link.renew(part))
  }

  onMessage(listener: MessageListener): () => void {
    return this.#messages.add(listener)
  }

  onSignal(listener: SignalListener): () => void {
    return this.#signals.add(listener)
  }

  async start(): Promise<void> {
    const deadline = setTimeout(this.#heard.resolve, brokerTiming.startDeadlineMs)
    this.#topology.start()
    await this.#heard.promise
    clearTimeout(deadline)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#topology.close()
    await Promise.all([...this.#links.values()].map(link => link.close()))
  }

  /** Makes links and channels as the map says. A slot that nobody serves stays where it was. */
  #follow({ masters, owners }: ClusterMap): void {
    const isFirst = this.#links.size === 0
    const added: RedisLink[] = []
    for (const [key, { address, lowestSlot }] of masters) {
      const canaryName = `${this.#options.prefix}~canary:{${tagFor(lowestSlot)}}`
      const known = this.#links.get(key)
      known?.replaceCanary(canaryName)
      if (!known) added.push(this.#open(key, address, canaryName))
    }
    for (const [slot, key] of owners.entries()) {
      const link = key && this.#links.get(key)
      if (link && link !== this.#owners[slot]) this.#move(slot, link)
    }
    this.#place(this.#unplaced)
    this.#closeIdle()
    for (const link of added) {
      link.start()
      if (!isFirst) this.#tellState(link)
    }
  }

  #open(key: string, address: RedisAddress, canaryName: string): RedisLink {
    const { prefix, replicaId, onError, mostMissed, onRoundTrip } = this.#options
    const link: RedisLink = new RedisLink({
      target: targetAt(this.#target, address),
      commands: shardedCommands,
      canaryName,
      instance: this.#instance,
      replicaId,
      missed: new MissedChannels(mostMissed),
      onError,
      onMessage: (name, payload) => this.#messages.emit(name.slice(prefix.length), payload),
      onState: () => this.#tellState(link),
      onResubscribed: names =>
        this.#signals.emit({ type: 'resubscribed', ...(names ? concerning(names, prefix) : this.#of(link)) }),
      onRoundTrip,
      onLoss: loss => this.#signals.emit({ type: 'peer_lost', ...loss, ...this.#of(link) }),
      onElsewhere: () => this.#topology.hint(),
    })
    this.#links.set(key, link)
    return link
  }

  #move(slot: number, to: RedisLink): void {
    const from = this.#owners[slot]
    this.#owners[slot] = to
    const names = this.#wanted.get(slot)
    if (!names) return
    void from?.unsubscribe([...names])
    to.adopt(names)
  }

  /** Hands what is to be nudged to the links that serve it now. */
  #place(missed: MissedChannels): void {
    missed.handOver(
      name => this.#owners[slotOf(name)]?.missed,
      [...this.#links.values()].map(link => link.missed),
    )
  }

  /** Lets go of masters that serve nothing any more. */
  #closeIdle(): void {
    const serving = new Set(this.#owners)
    for (const [key, link] of this.#links) {
      if (serving.has(link)) continue
      this.#links.delete(key)
      this.#place(link.missed)
      void link.close()
    }
  }

  #tellState(link: RedisLink): void {
    const reason = link.silence
    this.#signals.emit({ ...(reason ? { type: 'silent', reason } : { type: 'heard' }), ...this.#of(link) })
    if (reason) this.#topology.hint()
    if (this.state === 'heard') this.#heard.resolve()
  }

  /** The part of a signal that says that it is about what this link serves now. */
  #of(link: RedisLink): Pick<BrokerSignal, 'concerns'> {
    const isServed = Uint8Array.from(this.#owners, owner => (owner === link ? 1 : 0))
    return { concerns: channel => isServed[slotOf(this.#options.prefix + channel)] === 1 }
  }

  #want(name: string): void {
    const slot = slotOf(name)
    const wanted = this.#wanted.get(slot)
    if (wanted) wanted.add(name)
    else this.#wanted.set(slot, new Set([name]))
  }

  /** Calls `ask` once for each link that serves some of the names, with those. */
  #spread<T>(names: readonly string[], ask: (link: RedisLink, part: string[]) => T): T[] {
    const parts = Map.groupBy(names, name => this.#owners[slotOf(name)])
    return [...parts].flatMap(([link, part]) => (link ? [ask(link, part)] : []))
  }

  #all(claim: (link: RedisLink) => boolean): boolean {
    return [...this.#links.values()].every(claim)
  }
}
