// Who waits for which channels to be acknowledged, and until when.

type Outcome = 'subscribed' | 'pending'
type Waiter = { missing: Set<string>; settle: (outcome: Outcome) => void }

/** The callers of `subscribe` that wait, and the names about which somebody was told `pending`. */
export class SubscriptionWait {
  readonly #waiters = new Map<string, Set<Waiter>>()
  readonly #late = new Set<string>()

  /** Resolves when every name is acknowledged, or `pending` after `deadlineMs` (0: at once). */
  wait(names: ReadonlySet<string>, deadlineMs: number): Promise<Outcome> {
    if (names.size === 0) return Promise.resolve('subscribed')
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const waiter: Waiter = {
      missing: new Set(names),
      settle: outcome => {
        clearTimeout(timer)
        for (const name of waiter.missing) this.#giveUp(name, waiter)
        resolve(outcome)
      },
    }
    const timer = setTimeout(waiter.settle, deadlineMs, 'pending')
    for (const name of names) this.#of(name).add(waiter)
    if (deadlineMs === 0) waiter.settle('pending')
    return promise
  }

  /** Whether somebody counts on a name that is not acknowledged. */
  get isOwing(): boolean {
    return this.#late.size > 0
  }

  /** Somebody counts on these, and they are not listened to any more, or not yet. */
  owe(names: Iterable<string>): void {
    for (const name of names) this.#late.add(name)
  }

  /** Says that the server has these. Returns those about which somebody had already been told `pending`. */
  acknowledge(names: readonly string[]): string[] {
    const late: string[] = []
    for (const name of names) {
      if (this.#late.delete(name)) late.push(name)
      for (const waiter of this.#waiters.get(name) ?? []) {
        waiter.missing.delete(name)
        if (waiter.missing.size === 0) waiter.settle('subscribed')
      }
      this.#waiters.delete(name)
    }
    return late
  }

  /** These are not wanted any more: whoever waits for one is told `pending`. */
  drop(names: Iterable<string>): void {
    for (const name of names) {
      for (const waiter of [...(this.#waiters.get(name) ?? [])]) waiter.settle('pending')
      this.#late.delete(name)
    }
  }

  dropAll(): void {
    this.drop([...this.#waiters.keys()])
  }

  #giveUp(name: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(name)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiters.delete(name)
    this.#late.add(name)
  }

  #of(name: string): Set<Waiter> {
    const waiters = this.#waiters.get(name) ?? new Set<Waiter>()
    this.#waiters.set(name, waiters)
    return waiters
  }
}
