// The HTTP server of one process: who asks, whether it is well, and how it is left.
import {
  createServer,
  healthPlugin,
  metricsPlugin,
  type Readiness,
  type SessionOptions,
  sessionPlugin,
} from '@goftegu/http'
import { watchProcess } from '@goftegu/metrics'
import { listenOn, type Service } from '@goftegu/runtime'
import type { FastifyInstance } from 'fastify'
import type { Replica } from './replica.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** True keeps a route out of the OpenAPI document; @fastify/swagger says the same where it is loaded. */
    hide?: boolean
  }
}

type ServerConfig = {
  HOST: string
  PORT: number
  COOKIE_SECURE: SessionOptions['cookieSecure']
  ALLOWED_ORIGINS: string[]
  TRUSTED_PROXIES: string[]
  REDIS_URL?: string
}

export type ReplicaServer = {
  app: FastifyInstance
  /** Listens, is ready from then on, and answers the address. Call it after every plugin is registered. */
  listen(): Promise<string>
}

/** How long requests have to finish when the process is stopped. */
const requestGraceMs = 5_000

/** A Fastify instance with sessions and health, which is closed before anything that it uses. */
export async function createReplicaServer(service: Service<ServerConfig>, replica: Replica): Promise<ReplicaServer> {
  const { config, log } = service
  const { COOKIE_SECURE: cookieSecure, ALLOWED_ORIGINS: allowedOrigins, TRUSTED_PROXIES: trustedProxies } = config
  const { accounts, broker, database, metrics, publicUrl } = replica
  let readiness: Readiness = 'starting'
  const app = await createServer({ logger: log, trustedProxies, allowedOrigins, metrics: metrics.http })
  const redis = async () => {
    if (broker.state !== 'heard') throw new Error('Redis is silent')
  }
  const checks = { postgresql: () => database.pool.query('select'), ...(config.REDIS_URL && { redis }) }
  await app.register(healthPlugin, { readiness: () => readiness, checks })
  watchProcess(metrics.registry, { isReady: () => readiness === 'ready' })
  await app.register(metricsPlugin, metrics)
  await app.register(sessionPlugin, { accounts, cookieSecure, publicUrl, allowedOrigins, trustedProxies })
  const listen = async () => {
    service.onStop('server', () => closeWithin(app, requestGraceMs))
    service.stopping.addEventListener('abort', () => {
      readiness = 'draining'
    })
    const address = await listenOn(app, config)
    replica.listeningOn(address)
    readiness = 'ready'
    return address
  }
  return { app, listen }
}

/** Closes the server; a request that is not over after `ms` (a body that stopped arriving) is cut off. */
async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), ms)
  await app.close()
  clearTimeout(cut)
}
