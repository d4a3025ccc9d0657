// The PostgreSQL servers that a test run shares, started when first asked for.
import pg from 'pg'
import { config } from '../config.ts'
import { findPostgres15 } from './binaries.ts'
import { PrivatePostgres } from './private-postgres.ts'

export type PostgresServer = {
  /** `PostgreSQL 18`, for the names of tests. */
  name: string
  /** Of its database `postgres`, as superuser. */
  url: string
}

let main: Promise<string> | undefined
let fifteen: Promise<string> | undefined

/** URL of the PostgreSQL to test on: `TEST_DATABASE_URL`, or an embedded one that ends with this process. */
export function postgresUrl(): Promise<string> {
  main ??= config.databaseUrl ? Promise.resolve(config.databaseUrl) : PrivatePostgres.start().then(({ url }) => url)
  return main
}

/** URL of a PostgreSQL 15: `TEST_DATABASE_URL_15`, or Debian's where it is installed, or undefined. */
export async function postgres15Url(): Promise<string | undefined> {
  const binaries = findPostgres15()
  if (!config.databaseUrl15 && !binaries) return undefined
  fifteen ??= config.databaseUrl15
    ? Promise.resolve(config.databaseUrl15)
    : PrivatePostgres.start({ binaries }).then(({ url }) => url)
  return fifteen
}

/**
 * Every PostgreSQL that is there to run a suite against: the one to test on, and the oldest supported where it is found.
 *
 *     for (const server of await postgresServers()) {
 *       test(`stores a group (${server.name})`, async t => {
 *         const { url } = await freshDatabase(t, migrate, { server })
 */
export async function postgresServers(): Promise<PostgresServer[]> {
  const urls = await Promise.all([postgresUrl(), postgres15Url()])
  return Promise.all(urls.filter(url => url !== undefined).map(async url => ({ url, name: await nameOf(url) })))
}

async function nameOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version")
  await client.end()
  return `PostgreSQL ${Number.parseInt(rows[0]?.version ?? '', 10)}`
}
