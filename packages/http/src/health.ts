// Whether this process lives (/healthz), and whether a balancer should send it anything (/readyz).
import { ChatError } from '@goftegu/protocol'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** Where a process stands in its life; `starting` until it has started and found its database migrated. */
export type Readiness = 'starting' | 'ready' | 'draining'

export type HealthOptions = {
  readiness: () => Readiness
  /** What is reported but fails nothing, by name: resolves where it answers. Asked at each `/readyz`, for 1 s at most. */
  checks?: Record<string, () => Promise<unknown>>
}

const checkDeadlineMs = 1_000

/**
 * `GET /healthz` 200 while the process answers at all. `GET /readyz` 200 when ready, else 503. A silent Redis or an absent
 * PostgreSQL stands in its body and does not fail it: every replica would leave the balancer at once.
 */
export const healthPlugin = fastifyPlugin(
  async (app: FastifyInstance, { readiness, checks = {} }: HealthOptions) => {
    app.get('/healthz', async () => ({ status: 'alive' }))
    app.get('/readyz', async (_request, reply) => {
      const status = readiness()
      const body = { status, checks: await runChecks(checks) }
      if (status === 'ready') return body
      const error =
        status === 'draining'
          ? new ChatError('draining')
          : new ChatError('unavailable', { detail: 'This replica is starting; try again in a moment.' })
      return reply
        .code(error.status)
        .header('retry-after', error.retryAfterSeconds)
        .send({ ...error.toBody(), ...body })
    })
  },
  { name: 'health' },
)

async function runChecks(checks: NonNullable<HealthOptions['checks']>): Promise<Record<string, 'ok' | 'away'>> {
  const results = Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const)
  return Object.fromEntries(await Promise.all(results))
}

async function outcomeOf(check: () => Promise<unknown>): Promise<'ok' | 'away'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'away'>(resolve => {
    timer = setTimeout(resolve, checkDeadlineMs, 'away')
  })
  try {
    return await Promise.race([check().then(() => 'ok' as const), late])
  } catch {
    return 'away'
  } finally {
    clearTimeout(timer)
  }
}
