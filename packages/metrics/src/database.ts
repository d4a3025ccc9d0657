// PostgreSQL as this process sees it: its pools, and how long one waits for a connection.
import { Counter, Histogram, type Registry } from 'prom-client'
import { latencyBuckets } from './buckets.ts'
import { gaugeOf } from './readings.ts'

export type DatabaseMetrics = ReturnType<typeof databaseMetrics>

export function databaseMetrics(registry: Registry) {
  return {
    connections: gaugeOf(registry, {
      name: 'goftegu_pool_connections',
      help: 'Connections to PostgreSQL, by pool and state.',
      labelNames: ['pool', 'state'],
    }),
    waiting: gaugeOf(registry, {
      name: 'goftegu_pool_waiting',
      help: 'Queries that wait for a connection, by pool.',
      labelNames: ['pool'],
    }),
    waitSeconds: new Histogram({
      name: 'goftegu_pool_wait_seconds',
      help: 'How long queries waited for a connection, by pool; new connections are made within it.',
      labelNames: ['pool'],
      buckets: latencyBuckets,
      registers: [registry],
    }),
    connected: new Counter({
      name: 'goftegu_pool_connected_total',
      help: 'Connections to PostgreSQL that were made.',
      registers: [registry],
    }),
    epochChanges: new Counter({
      name: 'goftegu_epoch_changes_total',
      help: 'Changes of the epoch: another history of the database (restore, failover that lost commits).',
      registers: [registry],
    }),
  }
}
