// How long each request took, by the pattern of its route: what a client writes into a path is never a label.
import type { HttpMetrics } from '@goftegu/metrics'
import type { FastifyInstance } from 'fastify'

/** Times every answer of `app` but those to upgrades: a request that became a socket is never answered. */
export function timeRequests(app: FastifyInstance, { requestSeconds }: HttpMetrics): void {
  app.addHook('onResponse', async (request, reply) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') return
    const route = request.routeOptions.url ?? 'none'
    const method = route === 'none' ? 'any' : request.method
    requestSeconds.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
  })
}
