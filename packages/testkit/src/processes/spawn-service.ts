// Starts one of the project's services as a process of its own, and waits until it is ready.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Cleanup } from '../cleanup.ts'
import { childEnvironment } from '../config.ts'
import { within } from '../within.ts'
import { Reaper } from './reaper.ts'

export type ServiceOptions = {
  /** Path of the script: `fileURLToPath(new URL('../src/server.ts', import.meta.url))`. */
  script: string
  args?: string[]
  /** Added to this process' environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>
  cwd?: string
  /** True for a script in `dist`, which must do without the condition that takes sources. */
  isCompiled?: boolean
  /** Found in what it prints (both streams, line by line) once it serves. */
  ready: RegExp
  /** How long that may take. */
  readyWithinMs?: number
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

/** A running service. */
export class Service {
  readonly exited: Promise<Exit>
  /** What `ready` matched: `service.readyMatch[1]` is its first group, an address for instance. */
  readyMatch: RegExpExecArray | undefined
  readonly #child: ChildProcess
  #output = ''

  constructor(child: ChildProcess, onOutput: (service: Service) => void) {
    this.#child = child
    this.exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#output += chunk
        onOutput(this)
      })
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it printed so far, both streams as they came. */
  output(): string {
    return this.#output
  }

  /** Sends a signal to it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** `kill -9`, and waits for its end. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL')
    return this.exited
  }

  /**
   * Sends SIGTERM and waits for its end.
   * @throws DeadlineError when it does not end within `ms`
   */
  async stop(ms = 10_000): Promise<Exit> {
    this.signal('SIGTERM')
    return within(this.exited, ms, () => `the service to stop; it printed:\n${this.#output.slice(-2_000)}`)
  }
}

/**
 * Runs a TypeScript file under Node as npm's scripts would, in a process group of its own, and waits for its ready
 * line. It is killed after the test, whatever happened, and when this Node is gone.
 * @throws Error with the end of its output when it ends, or is not ready in time (10 s if not given)
 */
export async function spawnService(t: Cleanup, options: ServiceOptions): Promise<Service> {
  const { script, args = [], env, cwd, isCompiled = false, ready, readyWithinMs = 10_000 } = options
  const conditions = isCompiled ? [] : ['--conditions=goftegu-source']
  const child = spawn(process.execPath, [...conditions, script, ...args], {
    cwd,
    env: childEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const { promise: isReady, resolve } = Promise.withResolvers<void>()
  const service = new Service(child, service => {
    const match = service.readyMatch ? null : ready.exec(service.output())
    if (match) service.readyMatch = match
    if (match) resolve()
  })
  const reaper = new Reaper('KILL')
  reaper.guard(service.pid)
  t.after(async () => {
    if (service.isRunning) await service.kill()
    await reaper.close()
  })
  const ended = service.exited.then(({ code, signal }) => {
    throw new Error(`ended with ${signal ?? code} before it was ready`)
  })
  try {
    await within(Promise.race([isReady, ended]), readyWithinMs, `${script} to be ready`)
  } catch (cause) {
    throw new Error(`${script} did not start; it printed:\n${service.output().slice(-4_000)}`, { cause })
  }
  return service
}
