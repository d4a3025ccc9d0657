// Two gateways and one API as processes of their own, on one PostgreSQL and one Redis.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Database, migrate } from '@goftegu/database'
import { type Cleanup, freePort, freshDatabase, freshRedis, type Service, spawnService } from '@goftegu/testkit'
import type { Deployment, Entrance } from './deployment.ts'

const ready = /"address":"(http[^"]+)","msg":"ready"/
/** A restart beside other tests, on two cores. */
const readyWithinMs = 30_000
const stopWithinMs = 30_000

export type Environment = Record<string, string>
export type Installation = Deployment & {
  api: Replica
  gateways: readonly Replica[]
  databaseUrl: string
  redis: { url: string; prefix: string }
}

/** One process, through all its deaths; each life of a gateway has another port. */
export class Replica implements Entrance {
  readonly #start: () => Promise<Service>
  #service: Service

  private constructor(start: () => Promise<Service>, service: Service) {
    this.#start = start
    this.#service = service
  }

  static async start(t: Cleanup, name: 'api' | 'gateway', env: Environment): Promise<Replica> {
    const start = () => startService(t, name, env)
    return new Replica(start, await start())
  }

  /** Where it listens, or did. */
  get url(): string {
    return this.#service.readyMatch?.[1] ?? ''
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#service.kill()
  }

  /** SIGTERM, and waits for its end in order. */
  async stop(): Promise<void> {
    await this.#service.stop(stopWithinMs)
  }

  async startAgain(): Promise<void> {
    this.#service = await this.#start()
  }

  /** Freezes it (SIGSTOP): connections stay open, and nothing answers any more. */
  pause(): void {
    this.#service.signal('SIGSTOP')
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.#service.signal('SIGCONT')
  }

  /** SIGTERM drains it. */
  signal(signal: NodeJS.Signals): void {
    this.#service.signal(signal)
  }

  /** Resolves when its present life is over. */
  get died(): Promise<unknown> {
    return this.#service.exited
  }

  /** What its present life has logged. */
  output(): string {
    return this.#service.output()
  }
}

export type InstallationOptions = {
  /** The Redis to use, if not the shared one. */
  redis?: { url: string; prefix: string }
  /** A PostgreSQL server to make the database in, if not the shared one. */
  postgres?: { url: string }
  /** How services reach PostgreSQL and Redis, where that is not straight: through a proxy that can go wrong. */
  through?: { gateway?: Way; api?: Way }
  /** More of the services' environment. */
  env?: Environment
}

type Way = { databaseUrl?: (url: string) => string; redisUrl?: (url: string) => string }

/** Starts all of it, ready; limits that are for one person are out of the way. */
export async function startInstallation(t: Cleanup, options: InstallationOptions = {}): Promise<Installation> {
  const { url: databaseUrl } = await freshDatabase(t, migrate, { server: options.postgres })
  const redis = options.redis ?? (await freshRedis(t))
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-replicas-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const env: Environment = {
    ...{ REDIS_PREFIX: redis.prefix, PORT: '0', LOG_LEVEL: 'info', DATA_DIR: folder, PUBLIC_URL: '' },
    ...{ SOCKET_FRAMES_PER_SECOND: '10000', UPGRADES_PER_SECOND: '10000', REST_WRITES_PER_MINUTE: '100000' },
    ...options.env,
  }
  const addresses = ({ databaseUrl: toDatabase = straight, redisUrl: toRedis = straight }: Way = {}) => ({
    DATABASE_URL: toDatabase(databaseUrl),
    REDIS_URL: toRedis(redis.url),
  })
  const apiPort = { PORT: String(await freePort()) } // its address stays, as behind a load balancer
  const api = await Replica.start(t, 'api', { ...env, ...addresses(options.through?.api), ...apiPort })
  const apiUrl = api.url
  const ofGateway = { ...env, ...addresses(options.through?.gateway), PUBLIC_URL: apiUrl }
  const startGateway = () => Replica.start(t, 'gateway', ofGateway)
  const gateways = await Promise.all([startGateway(), startGateway()])
  const database = new Database({ url: databaseUrl, applicationName: 'the test' })
  await database.connect()
  t.after(() => database.close())
  return {
    apiUrl,
    api,
    gateways,
    entrances: gateways,
    databaseUrl,
    database,
    redis: { url: redis.url, prefix: redis.prefix },
  }
}

const straight = (url: string) => url

function startService(t: Cleanup, name: 'api' | 'gateway', env: Environment): Promise<Service> {
  const script = fileURLToPath(new URL(`../../services/${name}/src/server.ts`, import.meta.url))
  return spawnService(t, { script, env, ready, readyWithinMs })
}
