// The embedded PostgreSQL: made where there is none, started, watched, stopped.
import { closeSync, openSync, readFileSync, renameSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Logger, StartError } from '@goftegu/runtime'
import { findBinaries, program } from './binaries.ts'
import { ensureCluster, role } from './cluster.ts'
import { type Guarded, startGuarded } from './guard.ts'
import { type Place, preparePlace } from './place.ts'
import { clearLeftovers, endPostmaster, isPostmaster, readPidFile } from './postmaster.ts'

const readyDeadlineMs = 120_000
const pollMs = 20
const attempts = 5
/** Somebody took the port since we found it free; or a worker is still noticing that its server was killed. */
const passingFaults = /Address already in use|is still in use/

export interface EmbeddedPostgres {
  /** How to connect; holds the password. */
  readonly url: string
  /** Where the database's files are; not below DATA_DIR where PostgreSQL's user cannot enter that. */
  readonly folder: string
  /** Resolves when the server ended, or lost its guard, without `stop` having been called. */
  readonly lost: Promise<void>
  /** Stops it after a checkpoint; once `hurried` is aborted, within 2 s. Call it when nobody needs it any more. */
  stop(hurried?: AbortSignal): Promise<void>
}

/**
 * Starts PostgreSQL on the cluster of `dataDir`, which the caller owns (`ownDataDir`).
 *
 * Listens on a free port of 127.0.0.1 and nowhere else. Ends first what a killed process left running. Resolves when
 * it accepts connections, recovery included. Throws StartError with what PostgreSQL said, and the reason of `stopping`
 * when that is aborted meanwhile.
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  { log, stopping }: { log: Logger; stopping: AbortSignal },
): Promise<EmbeddedPostgres> {
  const place = preparePlace(dataDir, findBinaries())
  const password = await ensureCluster(place, join(dataDir, 'postgres.password'))
  if (await clearLeftovers(place.cluster)) log.warn('ended the PostgreSQL that a killed process had left behind')
  for (let attempt = 1; ; attempt++) {
    stopping.throwIfAborted()
    const port = await freePort()
    const logFile = join(dataDir, 'postgres.log')
    const server = await launch(place, port, logFile)
    try {
      await becomesReady(server, place.cluster, stopping)
      return handle(server, place.cluster, `postgresql://${role}:${password}@127.0.0.1:${port}/postgres`)
    } catch (error) {
      await end(server, place.cluster)
      if (stopping.aborted) throw error
      const said = readFileSync(logFile, 'utf8').trim()
      if (passingFaults.test(said) && attempt < attempts) {
        await delay(500)
        continue
      }
      throw new StartError(`PostgreSQL did not start. It said:\n${lastLines(said, 12)}`, { cause: error })
    }
  }
}

/** The embedded server's settings; what is not here has PostgreSQL's default, `fsync` and durable commits among it. */
function settingsFor(port: number): Record<string, string | number> {
  return {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 50,
    shared_buffers: '64MB',
    max_wal_size: '512MB',
    // Without helper processes for reading: a laptop's database fits into memory.
    io_method: 'sync',
    max_wal_senders: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    cluster_name: 'goftegu',
  }
}

async function launch({ account, binaries, cluster }: Place, port: number, logFile: string): Promise<Guarded> {
  const settings = Object.entries(settingsFor(port)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openLog(logFile)
  try {
    return await startGuarded(program(binaries, 'postgres'), ['-D', cluster, ...settings], account, log)
  } finally {
    closeSync(log)
  }
}

/** Each start has a log of its own; the one before it is kept, for it may tell of a crash. */
function openLog(file: string): number {
  try {
    renameSync(file, file.replace(/\.log$/, '.previous.log'))
  } catch {
    // The first start.
  }
  return openSync(file, 'w', 0o600)
}

async function becomesReady(server: Guarded, cluster: string, stopping: AbortSignal): Promise<void> {
  let isOver = false
  void server.ended.then(() => {
    isOver = true
  })
  const startedAt = performance.now()
  for (;;) {
    const pidFile = readPidFile(cluster)
    if (pidFile?.pid === server.pid && pidFile.status === 'ready') return
    if (isOver) throw new Error('PostgreSQL ended while it was starting')
    if (performance.now() - startedAt > readyDeadlineMs) throw new Error('PostgreSQL took too long to start')
    await delay(pollMs, undefined, { signal: stopping }).catch(() => stopping.throwIfAborted())
  }
}

function handle(server: Guarded, cluster: string, url: string): EmbeddedPostgres {
  let isWanted = true
  const stop = (hurried?: AbortSignal) => {
    isWanted = false
    return end(server, cluster, hurried)
  }
  const lost = new Promise<void>(resolve => {
    void server.ended.then(() => {
      if (isWanted) resolve()
    })
  })
  return { url, folder: cluster, lost, stop }
}

/** Works without the guard too, should that have been killed. */
async function end(server: Guarded, cluster: string, hurried?: AbortSignal): Promise<void> {
  if (isPostmaster(server.pid, cluster)) await endPostmaster(server.pid, cluster, hurried)
  server.release()
  await server.ended
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}

function lastLines(text: string, count: number): string {
  return text.split('\n').slice(-count).join('\n')
}
