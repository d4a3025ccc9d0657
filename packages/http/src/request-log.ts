// One log line for each answered request: what, outcome, time; no query and no header, they may hold secrets.
import type { FastifyInstance } from 'fastify'

/** Probes ask every few seconds and say nothing new. */
const quietPaths = new Set(['/healthz', '/readyz', '/metrics'])

/** Adds the line to `app`: `info`, `debug` for probes, `warn` for a 5xx. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const level = reply.statusCode >= 500 ? 'warn' : quietPaths.has(path) ? 'debug' : 'info'
    const ms = Math.round(reply.elapsedTime)
    request.log[level]({ method: request.method, path, status: reply.statusCode, ms, address: request.ip }, 'request')
  })
}
