// All metrics of one process, on a registry of its own.
import { Registry } from 'prom-client'
import { busMetrics } from './bus.ts'
import { databaseMetrics } from './database.ts'
import { httpMetrics } from './http.ts'
import { roomMetrics } from './rooms.ts'
import { socketMetrics } from './sockets.ts'
import { writerMetrics } from './writer.ts'

export type Metrics = ReturnType<typeof createMetrics>

/**
 * Makes every metric of ours. There is no registry for all: several replicas in one process count apart. What nobody
 * hands to its part stays at 0.
 */
export function createMetrics() {
  const registry = new Registry()
  return {
    registry,
    bus: busMetrics(registry),
    database: databaseMetrics(registry),
    http: httpMetrics(registry),
    rooms: roomMetrics(registry),
    sockets: socketMetrics(registry),
    writer: writerMetrics(registry),
  }
}
