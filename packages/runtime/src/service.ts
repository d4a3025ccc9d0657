// The life of a service's process: start, run, and stop step by step.

import { createLogger, type Logger } from './logger.ts'
import { StartError } from './start-error.ts'
import { type StopStep, StopSteps } from './stop-steps.ts'

/** One signal to a whole process group may arrive again through npm and the start script. */
const sameKeypressMs = 500

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }
type StopSignal = keyof typeof exitCodes

/** What a service's `start` is handed. */
export interface Service<Config> {
  readonly config: Config
  readonly log: Logger
  /** Aborted as soon as the process is to end; a long start checks it between its steps. */
  readonly stopping: AbortSignal
  /** Adds a step to the way down. Steps run one after the other, the last added first. */
  onStop(name: string, run: StopStep['run'], options?: StopStep['options']): void
  /** Begins the way down because of an inner fault; the exit code is 1. */
  fail(reason: string, error?: unknown): void
}

/** A service: its name in the logs, its settings, and what it does to start. */
export interface ServiceDescription<Config> {
  name: string
  /** Reads the settings; throws ConfigError. */
  config: () => Config
  /** Resolves when the service is ready. A StartError is shown as a message, anything else with its stack. */
  start: (service: Service<Config>) => Promise<void>
}

/**
 * Runs a service for the whole life of its process; the caller does nothing after it.
 *
 * SIGTERM, SIGINT, SIGHUP and the end of the parent (where it opened an IPC channel) run the stop steps and exit with 0.
 * A second signal, 500 ms or more after the first, skips every step but those marked `evenWhenForced` and exits with
 * 128 + its number. A failed start, an uncaught error and a step past its deadline exit with 1.
 */
export async function runService<Config extends { LOG_LEVEL: string }>(
  description: ServiceDescription<Config>,
): Promise<void> {
  try {
    const config = description.config()
    const log = createLogger({ name: description.name, level: config.LOG_LEVEL })
    await new Life(config, log).run(description.start)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

class Life<Config> implements Service<Config> {
  readonly config: Config
  readonly log: Logger
  readonly #steps: StopSteps
  readonly #stop = new AbortController()
  #started: Promise<void> = Promise.resolve()
  #signalledAt: number | undefined
  #exitCode = 0

  constructor(config: Config, log: Logger) {
    this.config = config
    this.log = log
    this.#steps = new StopSteps(log)
  }

  get stopping(): AbortSignal {
    return this.#stop.signal
  }

  onStop(name: string, run: StopStep['run'], options?: StopStep['options']): void {
    this.#steps.add({ name, run, options })
  }

  fail(reason: string, error?: unknown): void {
    this.log.fatal({ err: error }, reason)
    this.#exitCode = 1
    void this.#end(reason)
  }

  async run(start: (service: Service<Config>) => Promise<void>): Promise<void> {
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#signalled(signal))
    process.on('disconnect', () => void this.#end('the parent process ended'))
    process.on('uncaughtException', error => this.fail('uncaught error', error))
    // A terminal that went away must not cut the way down short.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
    this.#started = start(this)
    try {
      await this.#started
    } catch (error) {
      this.#startFailed(error)
    }
  }

  #startFailed(error: unknown): void {
    if (this.stopping.aborted) return
    this.#exitCode = 1
    if (error instanceof StartError) console.error(error.message)
    else this.log.fatal({ err: error }, 'the start failed')
    void this.#end('the start failed')
  }

  #signalled(signal: StopSignal): void {
    if (this.#signalledAt === undefined) {
      this.#signalledAt = performance.now()
      void this.#end(signal)
    } else if (performance.now() - this.#signalledAt >= sameKeypressMs) {
      this.#exitCode = exitCodes[signal]
      this.#steps.force()
    }
  }

  async #end(reason: string): Promise<void> {
    if (this.stopping.aborted) return
    this.log.info({ reason }, 'stopping')
    this.#stop.abort(new StartError(`Stopped before it was ready: ${reason}`))
    // What is being started adds its step when it is up, so the steps wait for it.
    this.#steps.add({ name: 'start', run: () => this.#started.catch(() => {}) })
    const isClean = await this.#steps.runAll()
    this.log.info('stopped')
    process.exit(isClean || this.#exitCode !== 0 ? this.#exitCode : 1)
  }
}
