// Who asks: every route below this hook has a logged-in user, and writes within bounds.
import type { Limiter, Rate } from '@goftegu/bus'
import type { Actor } from '@goftegu/chat'
import { ChatError } from '@goftegu/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** The user of the request, as chat knows one; throws not_authenticated. */
export async function actorOf(request: FastifyRequest): Promise<Actor> {
  const { user, is_staff } = await request.authenticate()
  return { id: user.id, is_staff }
}

/**
 * Demands a session of every request of `app`, and limits what a user changes to `rate`, counted over all replicas.
 * Both come before the body: who may not write need not upload first.
 */
export function demandActor(app: FastifyInstance, limiter: Limiter, rate: Rate): void {
  app.addHook('onRequest', async request => {
    const { id } = await actorOf(request)
    if (request.method === 'GET' || request.method === 'HEAD') return
    const allowance = await limiter.take(`rest-write:${id}`, 1, rate)
    if (!allowance.allowed) {
      throw new ChatError('rate_limited', { retryAfterSeconds: Math.ceil(allowance.retryAfterMs / 1000) })
    }
  })
}
