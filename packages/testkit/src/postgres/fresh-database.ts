// A new database per test, copied from a migrated template.
import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Cleanup } from '../cleanup.ts'
import { config } from '../config.ts'
import { type PostgresServer, postgresUrl } from './servers.ts'

/** Brings the empty database at `url` to its schema, and leaves no connection open. */
export type Migrate = (url: string) => Promise<unknown>

export type FreshDatabaseOptions = {
  /** One of `postgresServers()`; the one to test on if not given. */
  server?: Pick<PostgresServer, 'url'>
}

/** Distinguishes this run's databases from those of a run beside it on the same server. */
const runId = config.runId ?? `${process.pid}_${randomBytes(3).toString('hex')}`
const templates = new Map<string, Promise<string>>()

/** Nobody would drop the templates of a single file that runs on a server which outlives it: it migrates each time. */
const isTemplateWorthwhile = config.runId !== undefined || config.databaseUrl === undefined

/**
 * A database of the test's own, dropped after it: connections that are still open then are cut.
 * Migrated once per run and copied from there, so `migrate` must do the same each time: functions with the same source
 * text share a template. A test *of* migrations leaves `migrate` out, gets an empty database, and migrates it itself.
 * @returns the database's URL; it ends with its name
 */
export async function freshDatabase(
  t: Cleanup,
  migrate?: Migrate,
  { server }: FreshDatabaseOptions = {},
): Promise<{ url: string }> {
  const serverUrl = server?.url ?? (await postgresUrl())
  const template = migrate && isTemplateWorthwhile ? await migratedTemplate(serverUrl, migrate) : 'template1'
  const name = `test_${runId}_${randomBytes(5).toString('hex')}`
  await withClient(serverUrl, client => client.query(`create database ${name} template ${template}`))
  t.after(() => withClient(serverUrl, client => client.query(`drop database if exists ${name} with (force)`)))
  const url = urlOf(serverUrl, name)
  if (migrate && !isTemplateWorthwhile) await migrate(url)
  return { url }
}

/** Drops what a run left on a server that outlives it: its templates, and databases of tests that were killed. */
export async function dropDatabasesOf(ofRun: string, serverUrl: string): Promise<void> {
  await withClient(serverUrl, async client => {
    const { rows } = await client.query<{ datname: string }>(
      "select datname from pg_database where datname ~ ('^(making_)?(template|test)_' || $1 || '_')",
      [ofRun],
    )
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`)
  })
}

/** Makes the template once per process, and once per run where `npm test` says which run this is. */
function migratedTemplate(serverUrl: string, migrate: Migrate): Promise<string> {
  const key = createHash('sha256').update(`${migrate.name}\0${migrate}`).digest('hex').slice(0, 12)
  const name = `template_${runId}_${key}`
  const known = templates.get(serverUrl + name)
  if (known) return known
  const made = makeTemplate(serverUrl, name, migrate).then(() => name)
  templates.set(serverUrl + name, made)
  return made
}

async function makeTemplate(serverUrl: string, name: string, migrate: Migrate): Promise<void> {
  await withClient(serverUrl, async client => {
    // Held until this client ends, so that of several test files one migrates and the others wait for it.
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount) return
    // Renamed at the end: a template under its own name is a finished one.
    const unfinished = `making_${name}`
    await client.query(`drop database if exists ${unfinished} with (force)`)
    await client.query(`create database ${unfinished}`)
    await migrate(urlOf(serverUrl, unfinished))
    await client.query(`alter database ${unfinished} rename to ${name}`)
  })
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
