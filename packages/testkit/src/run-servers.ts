// The servers of a whole test run: started once, handed down to the test files by environment.
import { config } from './config.ts'
import { findPostgres15 } from './postgres/binaries.ts'
import { dropDatabasesOf } from './postgres/fresh-database.ts'
import { findPgbouncer } from './postgres/private-pgbouncer.ts'
import { PrivatePostgres } from './postgres/private-postgres.ts'
import { memoryFolder } from './processes/memory-folder.ts'
import { findRedis } from './redis/shared-redis.ts'

type RunServer = { env: Record<string, string>; says: string; close: () => Promise<void> }

export type RunServers = {
  /** What the test files need in their environment. */
  env: Record<string, string>
  /** One line per server, for people: what it is and how it was found, or that it is missing. */
  says: string[]
  /** Stops what was started here, and removes what the run left on servers given from outside. */
  close: () => Promise<void>
}

/**
 * Starts PostgreSQL, PostgreSQL 15 and Redis, or takes those given by `TEST_DATABASE_URL`, `TEST_DATABASE_URL_15` and
 * `TEST_REDIS_URL`. Only a PostgreSQL 15 may be missing.
 * @throws Error that says what to install; what was started is stopped again.
 */
export async function startRunServers(runId: string): Promise<RunServers> {
  const starting = await Promise.allSettled([mainPostgres(runId), postgres15(runId), redis()])
  const started = starting.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const close = async () => {
    await Promise.all(started.map(server => server.close()))
  }
  const failed = starting.find(result => result.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }
  const env = Object.assign({ TEST_RUN_ID: runId }, ...started.map(server => server.env))
  return { env, says: [...started.map(server => server.says), pgbouncerSays()], close }
}

async function mainPostgres(runId: string): Promise<RunServer> {
  const given = config.databaseUrl
  if (given) return givenPostgres('TEST_DATABASE_URL', given, runId)
  const { url, where, close } = await startPostgres()
  return { env: { TEST_DATABASE_URL: url }, says: `PostgreSQL: embedded${where}`, close }
}

async function postgres15(runId: string): Promise<RunServer> {
  const given = config.databaseUrl15
  if (given) return givenPostgres('TEST_DATABASE_URL_15', given, runId)
  const binaries = findPostgres15()
  if (!binaries) {
    const says = 'PostgreSQL 15: not found (apt-get install postgresql-15); the store is tested on the newer one only'
    return { env: {}, says, close: async () => {} }
  }
  const { url, where, close } = await startPostgres(binaries)
  return { env: { TEST_DATABASE_URL_15: url }, says: `PostgreSQL 15: ${binaries}${where}`, close }
}

/** Each test starts its own; without one they are skipped, which is said here. */
function pgbouncerSays(): string {
  return `PgBouncer: ${findPgbouncer() ?? 'not found (apt-get install pgbouncer); what runs behind it is not tested'}`
}

async function redis(): Promise<RunServer> {
  const { url, from, close } = await findRedis()
  return { env: { TEST_REDIS_URL: url }, says: `Redis: ${from}`, close }
}

/** Its data in memory where there is room: the tests that crash a server start one of their own, on disk. */
async function startPostgres(binaries?: string) {
  const parent = memoryFolder()
  const postgres = await PrivatePostgres.start({ binaries, parent })
  const where = parent && postgres.folder.startsWith(parent) ? `, its data in ${parent}` : ''
  return { url: postgres.url, where, close: () => postgres.close() }
}

function givenPostgres(name: string, url: string, runId: string): RunServer {
  return { env: { [name]: url }, says: `PostgreSQL: ${name}`, close: () => dropDatabasesOf(runId, url) }
}
