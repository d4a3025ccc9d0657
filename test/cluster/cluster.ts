// The whole deployment as containers on a network of their own: PostgreSQL, Redis, APIs, gateways, load balancer.
import { join } from 'node:path'
import { Database } from '@goftegu/database'
import { type Cleanup, eventually, freePort } from '@goftegu/testkit'
import { Network, type StartedNetwork } from 'testcontainers'
import { repository } from '../documents/markdown.ts'
import type { Deployment } from '../replicas/deployment.ts'
import type { Images } from './images.ts'
import { networkName, sweepLeftovers, Undertaker } from './leftovers.ts'
import { Part } from './part.ts'

export type Cluster = Deployment & {
  postgresql: Part
  redisServer: Part
  apis: readonly Part[]
  gateways: readonly Part[]
  balancer: Part
}

export type Sizes = { apis: number; gateways: number }

const prefix = 'goftegu:'
const secret = 'of-this-test-alone'
/** Of a machine that does much else. */
const answersWithinMs = 60_000

/** Starts all of it, with these settings on top of the usual ones; `t` removes it again, and so does the end of this process. */
export async function startCluster(
  t: Cleanup,
  images: Images,
  { apis, gateways }: Sizes,
  settings: Record<string, string> = {},
): Promise<Cluster> {
  await sweepLeftovers()
  const undertaker = new Undertaker()
  t.after(() => undertaker.close())
  const network = await new Network({ nextUuid: networkName }).start()
  const ports = { http: await freePort(), postgres: await freePort(), redis: await freePort() }
  const [postgresql, redisServer] = await Promise.all([
    startPostgres(network, images, ports.postgres),
    startRedis(network, images, ports.redis),
  ])
  const url = `http://127.0.0.1:${ports.http}`
  const env = { ...environment(url), ...settings }
  await migrate(network, images, env)
  const start = (kind: 'api' | 'gateway') => (n: number) => startService(network, images, kind, n, env)
  const started = await Promise.all([
    Promise.all(numbers(apis).map(start('api'))),
    Promise.all(numbers(gateways).map(start('gateway'))),
  ])
  const balancer = await startBalancer(network, images, ports.http)
  await eventually(() => isServing(url), { ms: answersWithinMs, everyMs: 100, what: 'the load balancer to serve' })

  const database = new Database({
    url: `postgres://postgres:${secret}@127.0.0.1:${ports.postgres}/goftegu`,
    applicationName: 'the test',
  })
  await database.connect()
  t.after(() => database.close())
  const redis = { url: `redis://127.0.0.1:${ports.redis}`, prefix }
  const [api, gateway] = started
  return {
    apiUrl: url,
    entrances: [{ url }],
    database,
    redis,
    postgresql,
    redisServer,
    apis: api,
    gateways: gateway,
    balancer,
  }
}

/** What every service is told. Limits that are for one person are out of the way of a crowd. */
function environment(publicUrl: string): Record<string, string> {
  return {
    DATABASE_URL: `postgres://postgres:${secret}@postgres:5432/goftegu`,
    REDIS_URL: 'redis://redis:6379',
    REDIS_PREFIX: prefix,
    PUBLIC_URL: publicUrl,
    TRUSTED_PROXIES: 'uniquelocal',
    REST_WRITES_PER_MINUTE: '100000',
    SOCKET_FRAMES_PER_SECOND: '100',
    UPGRADES_PER_SECOND: '1000',
  }
}

function startPostgres(network: StartedNetwork, { postgres }: Images, port: number): Promise<Part> {
  return Part.start('postgres', {
    ...{ alias: 'postgres', image: postgres, network, ports: { 5432: port } },
    env: { POSTGRES_PASSWORD: secret, POSTGRES_DB: 'goftegu' },
    // Over TCP: while it makes its cluster it listens on no port.
    ready: 'pg_isready --host=127.0.0.1 --username=postgres --dbname=goftegu',
  })
}

function startRedis(network: StartedNetwork, { redis }: Images, port: number): Promise<Part> {
  return Part.start('redis', {
    ...{ alias: 'redis', image: redis, network, ports: { 6379: port } },
    command: ['redis-server', '--save', '', '--appendonly', 'no'],
    ready: 'redis-cli ping',
  })
}

function migrate(network: StartedNetwork, { api }: Images, env: Record<string, string>): Promise<void> {
  return Part.runToEnd({ alias: 'migrate', image: api, network, env, command: ['node', 'dist/migrate.js'] })
}

function startService(
  network: StartedNetwork,
  images: Images,
  kind: 'api' | 'gateway',
  n: number,
  env: Record<string, string>,
): Promise<Part> {
  return Part.start(`${kind}-${n}`, {
    ...{ alias: kind, image: images[kind], network, env, scratch: ['/tmp'] },
    ready: 'node healthcheck.mjs',
  })
}

/** With the configuration of this tree, and what lies beside it. */
function startBalancer(network: StartedNetwork, { haproxy }: Images, port: number): Promise<Part> {
  return Part.start('load-balancer', {
    ...{ alias: 'load-balancer', image: haproxy, network, ports: { 8080: port } },
    mounts: { [join(repository, 'deploy/haproxy')]: '/usr/local/etc/haproxy' },
    ready: 'true',
  })
}

async function isServing(url: string): Promise<boolean> {
  const answers = await Promise.all(
    ['/api/conversations/', '/ws/chat/1/'].map(path => fetch(url + path, { signal: AbortSignal.timeout(2_000) })),
  )
  for (const answer of answers) await answer.body?.cancel()
  return answers.every(({ status }) => status < 500)
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n + 1)
}
