// What a process counts and measures, by subject: Prometheus' metrics, each named here and nowhere else.
export type { BusMetrics } from './bus.ts'
export type { DatabaseMetrics } from './database.ts'
export type { HttpMetrics } from './http.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { watchProcess } from './process.ts'
export type { RoomMetrics } from './rooms.ts'
export { type EndCode, type SocketEnd, type SocketMetrics, socketEnds } from './sockets.ts'
export type { WriterMetrics } from './writer.ts'
