// The counters of a cluster: one on each master, so that a frozen shard leaves the others alone.
import type { BrokerErrorHandler } from './broker.ts'
import type { ClusterMap } from './cluster-map.ts'
import { ClusterTopology } from './cluster-topology.ts'
import { RedisCounter } from './redis-counter.ts'
import { type RedisTarget, targetAt } from './redis-url.ts'
import { slotOf } from './slots.ts'

type Options = { target: RedisTarget; onError: BrokerErrorHandler; deadlineMs: number }

/** While it is not known who serves a key, nobody counts it. Each key is on one master, and needs no hash tag. */
export class ClusterCounters {
  readonly #options: Options
  readonly #topology: ClusterTopology
  readonly #counters = new Map<string, RedisCounter>()
  #owners: ClusterMap['owners'] = []

  constructor(options: Options) {
    this.#options = options
    this.#topology = new ClusterTopology({
      ...options,
      onMap: map => this.#follow(map),
      isTroubled: () => this.#counters.size === 0 || [...this.#counters.values()].some(({ isReady }) => !isReady),
    })
    this.#topology.start()
  }

  async take(key: string, cost: number, intervalMs: number, burst: number): Promise<number | undefined> {
    const owner = this.#owners[slotOf(key)]
    return owner === undefined ? undefined : this.#counters.get(owner)?.take(key, cost, intervalMs, burst)
  }

  close(): void {
    this.#topology.close()
    for (const counter of this.#counters.values()) counter.close()
  }

  #follow({ masters, owners }: ClusterMap): void {
    const { target, ...options } = this.#options
    this.#owners = owners
    for (const [key, { address }] of masters) {
      if (this.#counters.has(key)) continue
      const onElsewhere = () => this.#topology.hint()
      this.#counters.set(key, new RedisCounter({ ...options, target: targetAt(target, address), onElsewhere }))
    }
    for (const [key, counter] of this.#counters) {
      if (masters.has(key)) continue
      this.#counters.delete(key)
      counter.close()
    }
  }
}
