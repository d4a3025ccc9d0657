// What the bus and its limiter do, counted from outside.
import type { Broker, Limiter } from '@goftegu/bus'
import type { BusMetrics } from '@goftegu/metrics'

/** Counts what the broker hears and says of itself; to be called before it starts. */
export function countSignals(broker: Broker, { heard, received, replicas, signals }: BusMetrics): void {
  heard.readFrom(() => (broker.state === 'heard' ? 1 : 0))
  replicas.readFrom(() => broker.replicas)
  broker.onSignal(({ type }) => signals.inc(type))
  broker.onMessage(() => received.inc())
}

/** The same limiter, its refusals counted by their rule: what stands before the first colon of a key. */
export function countRefusals(limiter: Limiter, { limiterRefusals }: BusMetrics): Limiter {
  return {
    async take(key, cost, rate) {
      const allowance = await limiter.take(key, cost, rate)
      if (!allowance.allowed) limiterRefusals.inc(key.slice(0, key.indexOf(':')))
      return allowance
    },
    close: () => limiter.close(),
  }
}
