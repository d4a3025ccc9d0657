// What Prometheus scrapes: /metrics, for those who reach this process directly.
import { ChatError } from '@goftegu/protocol'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

export type MetricsOptions = { registry: { readonly contentType: string; metrics(): Promise<string> } }

/** What a proxy adds to a request that it passes on. */
const signsOfProxy = ['forwarded', 'x-forwarded-for', 'via']

/**
 * `GET /metrics` in Prometheus' text format. Behind a load balancer the same port is the public one, so whatever came
 * through a proxy finds nothing here: see docs/decisions/0021-metrics-on-the-same-port.md.
 */
export const metricsPlugin = fastifyPlugin(
  async (app: FastifyInstance, { registry }: MetricsOptions) => {
    app.get('/metrics', async (request, reply) => {
      if (signsOfProxy.some(name => name in request.headers)) throw new ChatError('not_found')
      return reply.type(registry.contentType).send(await registry.metrics())
    })
  },
  { name: 'metrics' },
)
