// The process itself: CPU, memory, garbage, and how late its event loop is.
import { performance } from 'node:perf_hooks'
import { collectDefaultMetrics, type Registry } from 'prom-client'
import { gaugeOf, totalOf } from './readings.ts'

/**
 * Adds the metrics of the process (`process_*`, `nodejs_*`, under the names that others' dashboards know), how busy its
 * event loop is, and whether it is ready. Once a process: it watches the event loop from here on.
 */
export function watchProcess(registry: Registry, { isReady }: { isReady: () => boolean }): void {
  collectDefaultMetrics({ register: registry })
  totalOf(registry, {
    name: 'goftegu_event_loop_active_seconds_total',
    help: 'Time that the event loop spent working: its rate is the share of one core that is used up.',
  }).readFrom(() => performance.eventLoopUtilization().active / 1_000)
  gaugeOf(registry, {
    name: 'goftegu_ready',
    help: '1 while this process wants traffic, 0 while it starts or drains.',
  }).readFrom(() => (isReady() ? 1 : 0))
}
