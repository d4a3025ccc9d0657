// Sends side by side, and what became of each.
import type { Attempt, Oracle } from '@goftegu/testkit'
import { quantile } from './scenario.ts'

/** Sends that nobody waits for before the next one: each has a log of its own, as nobody promises their order. */
export class Sends {
  /** By code of the refusal, or by what broke. */
  readonly refusals = new Map<string, number>()
  readonly #oracle: Oracle
  readonly #tookMs: number[] = []
  readonly #refusedMs: number[] = []
  begun = 0
  #answered = 0

  constructor(oracle: Oracle) {
    this.#oracle = oracle
  }

  get unanswered(): number {
    return this.begun - this.#answered
  }

  /** How many were acknowledged. */
  get stored(): number {
    return this.#tookMs.length
  }

  /** Quantiles of the milliseconds until an acknowledgement, and until a refusal. */
  get times() {
    const of = (times: readonly number[]) => `${quantile(times, 0.5)} / ${quantile(times, 0.99)}`
    return { stored: of(this.#tookMs), refused: of(this.#refusedMs) }
  }

  begin(of: { userId: number; conversationId: number }, clientId: string): Send {
    this.begun += 1
    const attempt = this.#oracle.writer(of).attempt(clientId)
    const beganMs = performance.now()
    return {
      ok: seq => {
        this.#answered += 1
        attempt.ok(seq)
        this.#tookMs.push(performance.now() - beganMs)
      },
      refused: code => {
        this.#answered += 1
        if (isDefinite(code)) attempt.fail()
        this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
        this.#refusedMs.push(performance.now() - beganMs)
      },
    }
  }
}

export type Send = { ok: (seq: NonNullable<Attempt['seq']>) => void; refused: (code: string) => void }

/** Whether it was certainly not stored. */
function isDefinite(code: string): boolean {
  return code === 'busy' || code === 'rate_limited'
}
