// A PostgreSQL of the tests' own: a new cluster on loopback that they may stop, kill and freeze.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Cleanup } from '../cleanup.ts'
import { childEnvironment } from '../config.ts'
import { freePort } from '../free-port.ts'
import { PrivateProcess } from '../processes/private-process.ts'
import { createWorkspace, type Workspace, writeInto } from '../processes/workspace.ts'
import { eventually } from '../within.ts'
import { baseBackup } from './base-backup.ts'
import { copiedPostgres, embeddedPostgres } from './binaries.ts'

export type PostgresOptions = {
  /** Folder with `initdb` and `postgres`; the embedded ones if not given. */
  binaries?: string
  /** More settings, as `name=value`. */
  settings?: string[]
  /** Files beside its data folder, by name, read by it alone: `ssl_cert_file=../server.crt` names one in a setting. */
  files?: Record<string, string>
  /** The folder to make its own folder in; the one for temporary files if not given. */
  parent?: string
  /** Lines of pg_hba.conf before ours, which lets everybody in by password: `hostssl all ann all cert`. */
  hba?: string[]
}

/** fsync stays on, as in production: the tests of durability depend on it. */
const settings = [
  'fsync=on',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300', // many test files side by side, each with its pools
  'shared_buffers=64MB',
  'timezone=UTC',
]

/** What a server is started from. */
type Cluster = { workspace: Workspace; binaries: string; password: string; settings: string[] }

/** A cluster with a superuser `postgres`. It does not keep Node running, and ends with it. */
export class PrivatePostgres {
  /** `postgres://postgres:…@127.0.0.1:port/postgres`; the same after a restart. */
  readonly url: string
  readonly port: number
  readonly #cluster: Cluster
  readonly #start: () => Promise<PrivateProcess>
  #process: PrivateProcess

  private constructor(
    url: string,
    port: number,
    cluster: Cluster,
    process: PrivateProcess,
    start: () => Promise<PrivateProcess>,
  ) {
    this.url = url
    this.port = port
    this.#cluster = cluster
    this.#process = process
    this.#start = start
  }

  /** Creates and starts a cluster, in about a second. */
  static async start(options: PostgresOptions = {}): Promise<PrivatePostgres> {
    const inPlace = options.binaries ?? embeddedPostgres()
    // From memory no program may be run, as a rule (noexec): where they have to be copied, all of it lies elsewhere.
    const workspace = createWorkspace('postgres', 'QUIT', inPlace ? options.parent : undefined)
    const binaries = inPlace ?? copiedPostgres(workspace)
    const password = randomBytes(12).toString('hex')
    const data = await initialise(binaries, workspace, password)
    for (const [name, text] of Object.entries(options.files ?? {})) writeInto(workspace, name, text)
    if (options.hba) prependTo(join(data, 'pg_hba.conf'), options.hba)
    return PrivatePostgres.#serve({ workspace, binaries, password, settings: options.settings ?? [] })
  }

  static async #serve(cluster: Cluster): Promise<PrivatePostgres> {
    const { workspace, binaries, password } = cluster
    const port = await freePort()
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
    const args = [...settings, ...cluster.settings].flatMap(setting => ['-c', setting])
    const start = () =>
      PrivateProcess.start(
        {
          program: join(binaries, 'postgres'),
          args: ['-D', dataOf(workspace), '-p', String(port), ...args],
          isReady: () => accepts(url),
        },
        workspace,
      )
    return new PrivatePostgres(url, port, cluster, await start(), start)
  }

  /**
   * Starts a standby of this running server, which follows it through `upstream` (this server's own URL if not given).
   * @param isSynchronous whether this server commits nothing any more that the standby does not have; resolves when so
   */
  async startStandby({ upstream = this.url, isSynchronous = false } = {}): Promise<PrivatePostgres> {
    const workspace = createWorkspace('postgres', 'QUIT')
    await baseBackup(this.url, dataOf(this.#cluster.workspace), workspace)
    writeInto(workspace, 'data/standby.signal', '')
    const { hostname, port, username, password } = new URL(upstream)
    const connection = `host=${hostname} port=${port} user=${username} password=${password}`
    const follows = [...this.#cluster.settings, `primary_conninfo=${connection}`]
    const standby = await PrivatePostgres.#serve({ ...this.#cluster, workspace, settings: follows })
    if (isSynchronous) await ask(this.url, "alter system set synchronous_standby_names = '*'")
    if (isSynchronous) await ask(this.url, 'select pg_reload_conf()')
    const state = isSynchronous ? 'sync' : 'async'
    const isFollowed = async () =>
      (await ask(this.url, `select from pg_stat_replication where state = 'streaming' and sync_state = '${state}'`)) > 0
    await eventually(isFollowed, { ms: 20_000, what: 'the standby to follow' })
    return standby
  }

  /** Whether a standby has all that this server has written. */
  async isFollowed(): Promise<boolean> {
    return (await ask(this.url, 'select from pg_stat_replication where flush_lsn >= pg_current_wal_lsn()')) > 0
  }

  /** Makes this standby a primary; resolves when it is. */
  async promote(): Promise<void> {
    await ask(this.url, 'select pg_promote()')
  }

  /** What it has on disk, or in memory. */
  get folder(): string {
    return this.#cluster.workspace.folder
  }

  get isRunning(): boolean {
    return this.#process.isRunning
  }

  /** Stops it: 'fast' ends the sessions first, 'immediate' is a crash that needs recovery. Its data stays. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#process.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
  }

  /** Starts it again after `stop`, on the same port. */
  async startAgain(): Promise<void> {
    this.#process = await this.#start()
  }

  /** Stops and starts it. */
  async restart(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.stop(mode)
    await this.startAgain()
  }

  /**
   * Copies its data folder as it is on disk; stop it first. Returns how to put the copy back, while it is stopped:
   * what restoring a snapshot of a disk does.
   */
  async copyData(): Promise<() => Promise<void>> {
    const { folder, identity } = this.#cluster.workspace
    const run = (program: string, ...args: string[]) => promisify(execFile)(program, args, { cwd: folder, ...identity })
    const copy = `copy-${randomBytes(3).toString('hex')}`
    await run('cp', '-a', 'data', copy)
    return async () => {
      await run('rm', '-rf', 'data')
      await run('cp', '-a', copy, 'data')
    }
  }

  /** What it logged so far. */
  log(): string {
    return this.#process.log()
  }

  /** Ends it for good and removes its data. */
  async close(): Promise<void> {
    await this.#process.stop('SIGQUIT')
    await this.#cluster.workspace.reaper.close()
  }
}

/** A PostgreSQL for one test that stops or restarts it; other tests share one: see `freshDatabase`. */
export async function privatePostgres(t: Cleanup, options: PostgresOptions = {}): Promise<PrivatePostgres> {
  const postgres = await PrivatePostgres.start(options)
  t.after(() => postgres.close())
  return postgres
}

function dataOf({ folder }: Workspace): string {
  return join(folder, 'data')
}

async function initialise(binaries: string, workspace: Workspace, password: string): Promise<string> {
  const data = dataOf(workspace)
  const passwordFile = writeInto(workspace, 'password', password)
  // UTF8 and C.UTF-8 said outright: with LANG=C the cluster would be SQL_ASCII, and Persian lengths wrong.
  const args = [
    ['--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'password'],
    ['--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync', '--no-instructions'],
  ].flat()
  const env = childEnvironment({ LC_ALL: 'C.UTF-8' })
  await promisify(execFile)(join(binaries, 'initdb'), args, { cwd: workspace.folder, env, ...workspace.identity })
  return data
}

function prependTo(file: string, lines: string[]): void {
  writeFileSync(file, `${lines.join('\n')}\n${readFileSync(file, 'utf8')}`)
}

async function accepts(url: string): Promise<boolean> {
  await ask(url, 'select')
  return true
}

/** On a connection of its own. @returns how many rows it answered */
async function ask(url: string, statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(statement)).rowCount ?? 0
  } finally {
    await client.end()
  }
}
