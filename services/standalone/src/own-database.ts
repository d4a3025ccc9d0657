// The database that comes with us: taken, started, and given back as the last thing.
import type { Service } from '@goftegu/runtime'
import { ownDataDir } from './data-dir.ts'
import { startEmbeddedPostgres } from './postgres/embedded-postgres.ts'

/** PostgreSQL's own patience ends before it (20 s gently, 5 s at once). */
const stopDeadlineMs = 30_000

/** What a start needs of the embedded database. */
export interface OwnDatabase {
  readonly url: string
  /** Tells a second start on the same folder where we are. */
  tellAddress(address: string): void
}

/**
 * Takes DATA_DIR and starts its PostgreSQL. Call it before anything that uses the database adds its stop step: it is
 * then stopped after all of them, even in haste. Should PostgreSQL end by itself, the service fails.
 */
export async function startOwnDatabase(service: Service<{ DATA_DIR: string }>): Promise<OwnDatabase> {
  const { config, log, stopping } = service
  const dataDir = await ownDataDir(config.DATA_DIR)
  service.onStop('data folder', async () => dataDir.release(), { evenWhenForced: true })
  stopping.addEventListener('abort', () => dataDir.tell('stopping'))
  const postgres = await startEmbeddedPostgres(dataDir.path, { log, stopping })
  service.onStop('postgres', hurried => postgres.stop(hurried), { evenWhenForced: true, deadlineMs: stopDeadlineMs })
  void postgres.lost.then(() => service.fail(`PostgreSQL ended by itself; see postgres.log in ${dataDir.path}`))
  return { url: postgres.url, tellAddress: address => dataDir.tell('ready', address) }
}
