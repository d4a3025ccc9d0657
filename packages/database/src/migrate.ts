// Brings a database to the schema of this version, one migrator at a time.
import { Kysely, PostgresDialect } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import pg from 'pg'
import { readDatabaseUrl } from './database-url.ts'
import * as initial from './migrations/0001-initial.ts'
import * as epoch from './migrations/0002-epoch.ts'
import * as postMessages from './migrations/0003-post-messages.ts'
import * as blobs from './migrations/0004-blobs.ts'
import { schemaStanding } from './schema-standing.ts'
import { claimSession } from './session.ts'

const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-epoch': epoch,
  '0003-post-messages': postMessages,
  '0004-blobs': blobs,
}

/** The migrations of this version, oldest first. */
export const knownMigrations: readonly string[] = Object.keys(migrations)

/** How often a migration that could not get its locks is tried again, and how long it waits for them each time. */
const attempts = 10
const lockTimeoutMs = 2_000
const lockNotAvailable = '55P03'

/**
 * Migrates the database at `url` to the newest schema and returns the names of the migrations that were run.
 * Safe to run from several processes at once (the migrator takes a lock). Its connections have no statement timeout,
 * only a lock timeout, with retries: application timeouts would end a long migration half-way. A database that a later
 * version has migrated is left as it is, so that going back is only starting the earlier version.
 * @throws what PostgreSQL answered, with the migration's name in the message.
 */
export async function migrate(url: string): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await migrateOnce(url)
    } catch (error) {
      const isLocked = error instanceof Error && 'code' in error && error.code === lockNotAvailable
      if (!isLocked || attempt === attempts) throw error
    }
  }
}

/**
 * The names of this version's migrations that the database at `url` has not run yet; those of a later version are no
 * matter, because old code runs on the new schema.
 * @throws what PostgreSQL answered, or that it did not within 5 s
 */
export async function pendingMigrations(url: string): Promise<string[]> {
  const client = new pg.Client({
    connectionString: readDatabaseUrl(url),
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await schemaStanding(client, knownMigrations)).missing
  } finally {
    await client.end()
  }
}

async function migrateOnce(url: string): Promise<string[]> {
  const settings = { lock_timeout: String(lockTimeoutMs) }
  const pool = new pg.Pool({
    connectionString: readDatabaseUrl(url),
    max: 2,
    verify: (client, done) => void claimSession(client, settings).then(() => done(), done),
  })
  pool.on('error', () => {})
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    if ((await schemaStanding(pool, knownMigrations)).missing.length === 0) return []
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
    const { error, results } = await migrator.migrateToLatest()
    if (error) throw error
    return (results ?? []).map(result => result.migrationName)
  } finally {
    await db.destroy()
  }
}
