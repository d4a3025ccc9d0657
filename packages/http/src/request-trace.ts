// A trace of each request, from its arrival to its answer.
import { begin, inSpan, type Span } from '@goftegu/tracing'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Begins a trace for each request of `app` but upgrades, where tracing is on. */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>()
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') return done()
    const route = request.routeOptions.url ?? 'none'
    const attributes = { 'http.request.method': request.method, 'http.route': route }
    const span = begin(`${request.method} ${route}`, { attributes, isRoot: true })
    if (span) spans.set(request, span)
    inSpan(span, done)
  })
  // The body is read in the context of the connection; what handles it is in the request's again.
  app.addHook('preValidation', (request, _reply, done) => inSpan(spans.get(request), done))
  app.addHook('onResponse', async (request, reply) => {
    spans.get(request)?.setAttribute('http.response.status_code', reply.statusCode).end()
  })
}
