// Three gateways and one API as processes of their own behind a balancer, each counted on its way to PostgreSQL.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate } from '@goftegu/database'
import {
  type Cleanup,
  freePort,
  PrivatePostgres,
  PrivateRedis,
  type RoundTripCounter,
  roundTripCounter,
  type Service,
  spawnService,
} from '@goftegu/testkit'
import { startBalancer } from './balancer.ts'

export type Installation = Awaited<ReturnType<typeof startInstallation>>

const stopDeadlineMs = 60_000

/** One gateway through its lives, always on the same port. */
export class Gateway {
  readonly #start: () => Promise<Service>
  readonly trips: RoundTripCounter
  #service: Service

  constructor(start: () => Promise<Service>, trips: RoundTripCounter, service: Service) {
    this.#start = start
    this.trips = trips
    this.#service = service
  }

  get pid(): number {
    return this.#service.pid
  }

  /** SIGTERM, and its end; answers the milliseconds that took. @throws Error where it does not end with 0 */
  async stop(): Promise<number> {
    const beganMs = performance.now()
    const { code } = await this.#service.stop(stopDeadlineMs)
    if (code !== 0) throw new Error(`a gateway ended with ${code}:\n${this.#service.output().slice(-2_000)}`)
    return performance.now() - beganMs
  }

  /** `kill -9`; answers the milliseconds that took. */
  async kill(): Promise<number> {
    const beganMs = performance.now()
    await this.#service.kill()
    return performance.now() - beganMs
  }

  async startAgain(): Promise<void> {
    this.#service = await this.#start()
  }
}

/** Starts all of it, ready. */
export async function startInstallation(t: Cleanup, options: { gateways: number; upgradesPerSecond: number }) {
  const postgres = await PrivatePostgres.start()
  t.after(() => postgres.close())
  const redis = await PrivateRedis.start()
  t.after(() => redis.close())
  await migrate(postgres.url)
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-drain-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const env = {
    ...{ REDIS_URL: redis.url, DATA_DIR: folder, LOG_LEVEL: 'info', PUBLIC_URL: 'http://chat.example' },
    ...{ UPGRADES_PER_SECOND: String(options.upgradesPerSecond), REST_WRITES_PER_MINUTE: '100000' },
    ...{ TRUSTED_PROXIES: 'loopback' },
  }
  const start = async (name: 'api' | 'gateway', trips: RoundTripCounter, port: number) =>
    spawnService(t, {
      script: fileURLToPath(new URL(`../../services/${name}/src/server.ts`, import.meta.url)),
      env: { ...env, DATABASE_URL: trips.url, PORT: String(port) },
      ready: /"msg":"ready"/,
      readyWithinMs: 30_000,
    })
  const apiTrips = await roundTripCounter(t, postgres.url)
  const apiPort = await freePort()
  await start('api', apiTrips, apiPort)
  const gateways: Gateway[] = []
  const ports: number[] = []
  for (let i = 0; i < options.gateways; i++) {
    const [trips, port] = [await roundTripCounter(t, postgres.url), await freePort()]
    const again = () => start('gateway', trips, port)
    gateways.push(new Gateway(again, trips, await again()))
    ports.push(port)
  }
  return {
    ...{ databaseUrl: postgres.url, apiUrl: `http://127.0.0.1:${apiPort}`, apiTrips, gateways },
    port: await startBalancer(t, { apis: [apiPort], gateways: ports }),
  }
}
