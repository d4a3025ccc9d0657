// Rooms: what is delivered in them, how fast, and what had to be repaired.
import { type Header, numberedTypes } from '@goftegu/protocol'
import { Counter, Histogram, type Registry } from 'prom-client'
import { latencyBuckets } from './buckets.ts'
import { gaugeOf } from './readings.ts'
import { Tally } from './tally.ts'

export type RoomMetrics = ReturnType<typeof roomMetrics>

export function roomMetrics(registry: Registry) {
  return {
    open: gaugeOf(registry, { name: 'goftegu_rooms', help: 'Conversations that have, or just had, a socket here.' }),
    recentBytes: gaugeOf(registry, {
      name: 'goftegu_recent_events_bytes',
      help: 'Memory of the events that are kept for those who resume.',
    }),
    events: new Tally<Header['kind']>(registry, {
      name: 'goftegu_room_events_total',
      help: 'Numbered events that the rooms of this gateway put in order, each counted once a room, by type.',
      label: 'type',
      values: numberedTypes,
    }),
    deliveries: new Tally<'live' | 'replayed' | 'level'>(registry, {
      name: 'goftegu_deliveries_total',
      help: 'Events handed to sockets, counted once a socket: live, replayed on a resume, or states (typing, reads).',
      label: 'kind',
      values: ['live', 'replayed', 'level'],
    }),
    deliverySeconds: new Histogram({
      name: 'goftegu_delivery_seconds',
      help: 'From the first event of a turn reaching its room to the last socket write of that turn: one value a turn.',
      buckets: latencyBuckets,
      registers: [registry],
    }),
    holesFound: new Counter({
      name: 'goftegu_holes_found_total',
      help: 'Times that a room knew of a number that it had not heard.',
      registers: [registry],
    }),
    holesFilled: new Tally<'bus' | 'database'>(registry, {
      name: 'goftegu_holes_filled_total',
      help: 'Holes that closed: by themselves in time, from the bus, or by a query.',
      label: 'by',
      values: ['bus', 'database'],
    }),
    holesUnfilled: new Counter({
      name: 'goftegu_holes_unfilled_total',
      help: 'Holes that ended in a resync: too long, or not to be filled by the database.',
      registers: [registry],
    }),
    comparisons: new Counter({
      name: 'goftegu_head_comparisons_total',
      help: 'Queries that compared heads of rooms with the database.',
      registers: [registry],
    }),
  }
}
