// Queries that many share: where some have just begun, whoever comes waits a moment for the next.
import { TokenBucket } from '@goftegu/bus'

type SharedQueryOptions<Ask, Answer> = {
  /** Answers every ask, in their order. */
  run: (asks: readonly Ask[]) => Promise<readonly Answer[]>
  /** Queries in flight at once. */
  concurrency: number
  /** From the beginning of one to that of the next in the long run; `concurrency` of them may begin without a wait. */
  paceMs: number
  /** How much of a query's room an ask takes, and how much there is. An ask that is larger goes alone. */
  costOf: (ask: Ask) => number
  mostCost: number
}

type Waiting<Ask, Answer> = { ask: Ask; resolve: (answer: Answer) => void; reject: (error: unknown) => void }

/**
 * Bounds how often the database is asked, however many arrive: once every `paceMs`, and then for as many as fit. Each
 * query begins after it was asked for, so that it shows everything that was committed before.
 */
export class SharedQuery<Ask, Answer> {
  readonly #options: SharedQueryOptions<Ask, Answer>
  #waiting: Waiting<Ask, Answer>[] = []
  #inFlight = 0
  readonly #pace: TokenBucket
  #timer: NodeJS.Timeout | null = null

  constructor(options: SharedQueryOptions<Ask, Answer>) {
    this.#options = options
    this.#pace = new TokenBucket({ limit: 1, windowMs: options.paceMs, burst: options.concurrency })
  }

  /** Rejects as `run` does, for all who shared the query. */
  ask(ask: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (this.#timer || this.#inFlight === this.#options.concurrency || this.#waiting.length === 0) return
    const waitMs = this.#pace.take()
    if (waitMs > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = null
        this.#next()
      }, waitMs)
      return
    }
    this.#inFlight += 1
    void this.#runFor(this.#takeGroup()).finally(() => {
      this.#inFlight -= 1
      this.#next()
    })
    this.#next()
  }

  #takeGroup(): Waiting<Ask, Answer>[] {
    const { costOf, mostCost } = this.#options
    let cost = 0
    const end = this.#waiting.findIndex(({ ask }, i) => {
      cost += costOf(ask)
      return i > 0 && cost > mostCost
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  async #runFor(group: Waiting<Ask, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.run(group.map(({ ask }) => ask))
      for (const [i, { resolve }] of group.entries()) resolve(answers[i]!)
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}
