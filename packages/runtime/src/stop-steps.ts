// The way down: named steps, one after the other, none of them for ever.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from './logger.ts'

const usualDeadlineMs = 10_000

type Outcome = 'done' | 'failed' | 'late' | 'skipped'

/** One step of the way down. */
export interface StopStep {
  readonly name: string
  /** Does the step; `forced` is aborted when somebody is in a hurry, then it takes its shortest way. */
  readonly run: (forced: AbortSignal) => Promise<unknown>
  readonly options?: {
    /** After so long the step is left behind, by default 10 s. */
    readonly deadlineMs?: number
    /** True for what must not be left running, like a database. */
    readonly evenWhenForced?: boolean
  }
}

/** The stop steps of a process; the last added runs first. */
export class StopSteps {
  readonly #log: Logger
  readonly #steps: StopStep[] = []
  readonly #forced = new AbortController()

  constructor(log: Logger) {
    this.#log = log
  }

  add(step: StopStep): void {
    this.#steps.push(step)
  }

  /** From now on only steps that are marked `evenWhenForced` run; the one under way is left behind unless it is. */
  force(): void {
    if (this.#forced.signal.aborted) return
    this.#log.warn('stopping at once')
    this.#forced.abort()
  }

  /** Runs all steps, those too that are added meanwhile; false if one of them failed or took too long. */
  async runAll(): Promise<boolean> {
    let isClean = true
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const startedAt = performance.now()
      const outcome = await this.#run(step)
      this.#log.debug({ step: step.name, outcome, ms: Math.round(performance.now() - startedAt) }, 'stop step')
      if (outcome === 'late' || outcome === 'failed') isClean = false
    }
    return isClean
  }

  async #run({ name, run, options }: StopStep): Promise<Outcome> {
    const forced = this.#forced.signal
    if (forced.aborted && !options?.evenWhenForced) return 'skipped'
    const over = new AbortController()
    const waits: Promise<Outcome>[] = [
      this.#settle(name, run),
      deadline(options?.deadlineMs ?? usualDeadlineMs, over.signal),
    ]
    if (!options?.evenWhenForced) waits.push(aborted(forced, over.signal))
    const outcome = await Promise.race(waits)
    over.abort()
    if (outcome === 'late') this.#log.error({ step: name }, 'a stop step took too long')
    return outcome
  }

  async #settle(name: string, run: StopStep['run']): Promise<Outcome> {
    try {
      await run(this.#forced.signal)
      return 'done'
    } catch (error) {
      this.#log.error({ step: name, err: error }, 'a stop step failed')
      return 'failed'
    }
  }
}

async function deadline(ms: number, over: AbortSignal): Promise<'late'> {
  await delay(ms, undefined, { signal: over }).catch(() => {})
  return 'late'
}

function aborted(signal: AbortSignal, over: AbortSignal): Promise<'skipped'> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve('skipped'), { signal: over }))
}
