// Between replicas: whether the bus is heard, what goes over it, and what its limiter refuses.
import { levelTypes, numberedTypes, type ServerEventType } from '@goftegu/protocol'
import { Counter, Histogram, type Registry } from 'prom-client'
import { latencyBuckets } from './buckets.ts'
import { gaugeOf } from './readings.ts'
import { Tally } from './tally.ts'

type Signal = 'silent' | 'heard' | 'resubscribed' | 'peer_lost'

export type BusMetrics = ReturnType<typeof busMetrics>

export function busMetrics(registry: Registry) {
  return {
    heard: gaugeOf(registry, {
      name: 'goftegu_bus_heard',
      help: '1 while the bus is heard, 0 while it is silent and the database is asked instead.',
    }),
    replicas: gaugeOf(registry, {
      name: 'goftegu_bus_replicas',
      help: 'Processes on the bus that this one hears, itself included.',
    }),
    signals: new Tally<Signal>(registry, {
      name: 'goftegu_bus_signals_total',
      help: 'What the bus said of itself, by type.',
      label: 'type',
      values: ['silent', 'heard', 'resubscribed', 'peer_lost'],
    }),
    announced: new Tally<ServerEventType>(registry, {
      name: 'goftegu_events_announced_total',
      help: 'Events that this process committed or passed on and told all replicas, by type.',
      label: 'type',
      values: [...numberedTypes, ...levelTypes],
    }),
    publications: new Tally<'published' | 'failed'>(registry, {
      name: 'goftegu_bus_publications_total',
      help: 'Publications by outcome; a failed one is made up for when the bus is back.',
      label: 'outcome',
      values: ['published', 'failed'],
    }),
    received: new Counter({
      name: 'goftegu_bus_received_total',
      help: 'Publications that were heard, the own ones included.',
      registers: [registry],
    }),
    roundTripSeconds: new Histogram({
      name: 'goftegu_bus_round_trip_seconds',
      help: 'From publishing a canary to hearing it on the own subscription, four times a second.',
      buckets: latencyBuckets,
      registers: [registry],
    }),
    limiterRefusals: new Tally<string>(registry, {
      name: 'goftegu_limiter_refusals_total',
      help: 'Takes that the limiter refused, by rule.',
      label: 'rule',
      values: ['rest-write', 'login', 'login-name', 'register', 'password'],
    }),
  }
}
