// An installation of a bench's own: PostgreSQL, Redis, one gateway, one API.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate } from '@goftegu/database'
import { freePort, PrivatePostgres, PrivateRedis, spawnService } from '@goftegu/testkit'

type Life = { after: (cleanup: () => unknown) => void }
export type Running = { pid: number; port: number }
export type PrivateInstallation = Awaited<ReturnType<typeof startPrivateInstallation>>

/** Starts all of it, migrated and ready; limits that are for one person are out of the way. */
export async function startPrivateInstallation(life: Life) {
  const postgres = await PrivatePostgres.start()
  life.after(() => postgres.close())
  const redis = await PrivateRedis.start()
  life.after(() => redis.close())
  await migrate(postgres.url)
  const folder = mkdtempSync(join(tmpdir(), 'goftegu-bench-'))
  life.after(() => rmSync(folder, { recursive: true, force: true }))
  const start = async (name: 'gateway' | 'api'): Promise<Running> => {
    const port = await freePort()
    const service = await spawnService(life, {
      script: fileURLToPath(new URL(`../services/${name}/src/server.ts`, import.meta.url)),
      env: {
        PORT: String(port),
        DATABASE_URL: postgres.url,
        REDIS_URL: redis.url,
        DATA_DIR: folder,
        SOCKET_FRAMES_PER_SECOND: '100000',
        UPGRADES_PER_SECOND: '100000',
      },
      ready: /"msg":"ready"/,
      readyWithinMs: 30_000,
    })
    return { pid: service.pid, port }
  }
  return { postgres, redis, gateway: await start('gateway'), api: await start('api') }
}
