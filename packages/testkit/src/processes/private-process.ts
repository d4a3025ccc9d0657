// A server process of the tests' own: started, signalled, stopped, never left behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { childEnvironment } from '../config.ts'
import { eventually } from '../within.ts'
import type { Reaper } from './reaper.ts'
import type { Workspace } from './workspace.ts'

export type Command = {
  /** Path of the program, or its name on the PATH. */
  program: string
  args: string[]
  env?: Record<string, string | undefined>
  /** Resolves to true once it serves; a rejection means "not yet". */
  isReady: () => Promise<boolean>
}

/** How long a server may take to serve, and to stop. Generous: a busy machine is no failure. */
const readyWithinMs = 20_000
const stopWithinMs = 10_000

/** One life of a program; its output goes to a file in the workspace. Does not keep Node running. */
export class PrivateProcess {
  readonly #child: ChildProcess
  readonly #reaper: Reaper
  readonly #logFile: string
  readonly exited: Promise<void>

  private constructor(child: ChildProcess, reaper: Reaper, logFile: string) {
    this.#child = child
    this.#reaper = reaper
    this.#logFile = logFile
    this.exited = once(child, 'exit').then(() => reaper.release())
    child.unref()
  }

  /**
   * Starts `command` as the workspace's user and waits until it serves.
   * @throws Error with the end of its output when it stops instead, or does not serve within 20 s.
   */
  static async start(command: Command, workspace: Workspace): Promise<PrivateProcess> {
    const logFile = `${workspace.folder}/log`
    const log = openSync(logFile, 'a')
    const child = spawn(command.program, command.args, {
      cwd: workspace.folder,
      detached: true,
      env: childEnvironment(command.env),
      stdio: ['ignore', log, log],
      ...workspace.identity,
    })
    closeSync(log)
    await once(child, 'spawn')
    const running = new PrivateProcess(child, workspace.reaper, logFile)
    workspace.reaper.guard(running.pid)
    try {
      await running.#untilReady(command.isReady)
    } catch (cause) {
      await running.kill()
      throw new Error(`${command.program} did not start:\n${running.log().slice(-2_000)}`, { cause })
    }
    return running
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it printed so far. */
  log(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  /** Sends a signal to it alone, not to its children. */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal)
  }

  /** `kill -9`, and waits for its end. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Stops it with `signal`, after 10 s with `kill -9`, and waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const killer = setTimeout(() => this.signal('SIGKILL'), stopWithinMs)
    await this.#end(signal)
    clearTimeout(killer)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return
    this.#child.ref()
    this.signal(signal)
    this.signal('SIGCONT') // a paused process would keep the signal for later
    await this.exited
  }

  async #untilReady(isReady: () => Promise<boolean>): Promise<void> {
    await eventually(async () => !this.isRunning || (await isReady()), {
      ms: readyWithinMs,
      everyMs: 25,
      what: 'the server to answer',
    })
    if (!this.isRunning) throw new Error('it stopped')
  }
}
