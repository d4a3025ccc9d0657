// A redis-server of the tests' own, that they may stop, kill, freeze and start again.
import { createConnection } from 'node:net'
import type { Cleanup } from '../cleanup.ts'
import { freePort } from '../free-port.ts'
import { PrivateProcess } from '../processes/private-process.ts'
import { createWorkspace, type Workspace, writeInto } from '../processes/workspace.ts'
import { type RedisProgram, reachableFor, redisProgram } from './program.ts'

export type RedisOptions = {
  /** Lines of its configuration file, after ours: `['cluster-enabled yes']`, `['sentinel monitor main 127.0.0.1 6380 1']`. */
  config?: string[]
  /** More of its command line: `['--sentinel']`. */
  args?: string[]
  /** Files in its folder, by name, read by it alone; lines of `config` may name them: `tls-cert-file server.crt`. */
  files?: Record<string, string>
  /** Where to listen; a free port if not given. */
  port?: number
  /** Which program to run; the one on the PATH, or a fetched one, if not given. */
  program?: RedisProgram
}

/** Keeps nothing on disk. It does not keep Node running, and ends with it. */
export class PrivateRedis {
  /** `redis://127.0.0.1:port`; the same after a restart. */
  readonly url: string
  readonly port: number
  /** Path of the redis-server that it runs; redis-cli is beside it. */
  readonly binary: string
  readonly #workspace: Workspace
  readonly #start: () => Promise<PrivateProcess>
  #process: PrivateProcess

  private constructor(
    port: number,
    binary: string,
    workspace: Workspace,
    start: () => Promise<PrivateProcess>,
    process: PrivateProcess,
  ) {
    this.url = `redis://127.0.0.1:${port}`
    this.port = port
    this.binary = binary
    this.#workspace = workspace
    this.#start = start
    this.#process = process
  }

  /** Starts a server, in some 50 ms. */
  static async start(options: RedisOptions = {}): Promise<PrivateRedis> {
    const workspace = createWorkspace('redis', 'TERM')
    const { binary, env } = reachableFor(workspace, options.program ?? (await redisProgram()))
    const port = options.port ?? (await freePort())
    const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${workspace.folder}`, 'save ""', ...(options.config ?? [])]
    for (const [name, text] of Object.entries(options.files ?? {})) writeInto(workspace, name, text)
    const file = writeInto(workspace, 'redis.conf', `${lines.join('\n')}\n`) // Sentinel writes to it
    const args = [file, ...(options.args ?? [])]
    const command = { program: binary, args, env, isReady: () => answersPing(port) }
    const start = () => PrivateProcess.start(command, workspace)
    return new PrivateRedis(port, binary, workspace, start, await start())
  }

  get isRunning(): boolean {
    return this.#process.isRunning
  }

  get pid(): number {
    return this.#process.pid
  }

  /** Stops it in order: its clients see their connections close. */
  async stop(): Promise<void> {
    await this.#process.stop('SIGTERM')
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#process.kill()
  }

  /** Freezes it (SIGSTOP): connections stay open, and nothing answers any more. */
  pause(): void {
    this.#process.signal('SIGSTOP')
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.#process.signal('SIGCONT')
  }

  /** Starts it again after `stop` or `kill`, empty, on the same port. */
  async startAgain(): Promise<void> {
    this.#process = await this.#start()
  }

  /** Stops it, if it runs, and starts it again. */
  async restart(): Promise<void> {
    await this.stop()
    await this.startAgain()
  }

  /** What it logged so far. */
  log(): string {
    return this.#process.log()
  }

  /** Ends it for good and removes its folder. */
  async close(): Promise<void> {
    await this.#process.kill()
    await this.#workspace.reaper.close()
  }
}

/** A Redis for one test that stops or freezes it; other tests share one: see `freshRedis`. */
export async function privateRedis(t: Cleanup, options: RedisOptions = {}): Promise<PrivateRedis> {
  const redis = await PrivateRedis.start(options)
  t.after(() => redis.close())
  return redis
}

/** Asks without a client library, which would log and try again by itself. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer to PING')))
    socket.once('data', data => {
      socket.destroy()
      resolve(data.toString().startsWith('+PONG'))
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(false))
  })
}
