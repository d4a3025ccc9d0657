// What is soaked: two gateways and one API on a PostgreSQL and a Redis of their own.
import { type Cleanup, type PrivatePostgres, type PrivateRedis, privatePostgres, privateRedis } from '@goftegu/testkit'
import { type Installation, startInstallation } from '../replicas/installation.ts'

export type Scene = { postgres: PrivatePostgres; redis: PrivateRedis; installation: Installation }

export async function startScene(life: Cleanup): Promise<Scene> {
  const postgres = await privatePostgres(life)
  const redis = await privateRedis(life)
  const servers = { postgres, redis: { url: redis.url, prefix: 'soak:' } }
  return { postgres, redis, installation: await startInstallation(life, servers) }
}
