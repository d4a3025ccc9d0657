// HTTP: how long requests take, by route and outcome.
import { Histogram, type Registry } from 'prom-client'
import { latencyBuckets } from './buckets.ts'

export type HttpMetrics = ReturnType<typeof httpMetrics>

export function httpMetrics(registry: Registry) {
  return {
    requestSeconds: new Histogram({
      name: 'goftegu_http_request_seconds',
      help: 'From a request to its answer, by method, pattern of the route (none: no such route) and status. No upgrades.',
      labelNames: ['method', 'route', 'status'],
      buckets: latencyBuckets,
      registers: [registry],
    }),
  }
}
