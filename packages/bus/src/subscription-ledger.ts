// What is wanted of one connection, what it is known to have, and where the two may differ. Pure: sends nothing.
import { OpenNames } from './open-names.ts'
import { SubscriptionWait } from './subscription-wait.ts'

/** Names of one group, to be subscribed and unsubscribed in one command each. */
export type Change = { added: string[]; removed: string[] }

export class SubscriptionLedger {
  readonly waits = new SubscriptionWait()
  readonly #wanted = new Set<string>()
  readonly #live = new Set<string>()
  /** Names that may differ between the two. */
  readonly #open: OpenNames
  #regained: string[] = []
  #hasLostAll = false

  constructor(groupOf: (name: string) => number) {
    this.#open = new OpenNames(groupOf)
  }

  /** Whether nothing is left to be sent. */
  get isSettled(): boolean {
    return this.#open.size === 0
  }

  isWanted(name: string): boolean {
    return this.#wanted.has(name)
  }

  isLive(name: string): boolean {
    return this.#live.has(name) && this.#wanted.has(name)
  }

  /** Answers those that are to be waited for. */
  want(names: Iterable<string>): Set<string> {
    const missing = new Set<string>()
    for (const name of names) {
      this.#wanted.add(name)
      if (this.#live.has(name)) continue
      this.#open.add(name)
      missing.add(name)
    }
    return missing
  }

  /** Wants these, and somebody has been told already that they are listened to. */
  adopt(names: readonly string[]): void {
    this.want(names)
    this.waits.owe(names)
  }

  drop(names: readonly string[]): void {
    for (const name of names) if (this.#wanted.delete(name)) this.#open.add(name)
    this.waits.drop(names)
  }

  /** Opens those that are still wanted once more; they were misplaced. */
  reopen(names: readonly string[]): void {
    for (const name of names) if (this.#wanted.has(name)) this.#open.add(name)
  }

  /** Believes of these no longer that the server has them. */
  doubt(names: readonly string[]): void {
    for (const name of names) if (this.#wanted.has(name) && this.#live.delete(name)) this.#open.add(name)
  }

  /** The connection is gone, and all that it had. `isFelt`: somebody counted on it. */
  loseAll(isFelt: boolean): void {
    this.#live.clear()
    for (const name of this.#wanted) this.#open.add(name)
    if (isFelt) this.#hasLostAll = true
  }

  /** The server has only these. Answers whether that is less than was believed. */
  loseAllBut(held: ReadonlySet<string>): boolean {
    const lost = [...this.#live].filter(name => !held.has(name))
    for (const name of lost) {
      this.#live.delete(name)
      this.#open.add(name)
    }
    this.owe(lost)
    return lost.length > 0
  }

  /** Somebody counts on those of these that are still wanted. */
  owe(names: readonly string[]): void {
    this.waits.owe(names.filter(name => this.#wanted.has(name)))
  }

  /** What is to be sent next, about `count` names at most. Removed names count as gone from now on. */
  nextChanges(count: number): Change[] {
    return this.#open.take(count).map(names => {
      const added = names.filter(name => this.#wanted.has(name) && !this.#live.has(name))
      const removed = names.filter(name => !this.#wanted.has(name) && this.#live.has(name))
      for (const name of removed) this.#live.delete(name)
      return { added, removed }
    })
  }

  /** The server has these now. */
  acknowledge(names: readonly string[]): void {
    for (const name of names) this.#live.add(name)
    this.#regained = this.#regained.concat(this.waits.acknowledge(names))
  }

  /** What was lost for a while and is back, told once: all, or these. */
  takeRegained(): 'all' | string[] {
    const regained = this.#hasLostAll ? 'all' : this.#regained
    this.#hasLostAll = false
    this.#regained = []
    return regained
  }

  clear(): void {
    this.#wanted.clear()
    this.#live.clear()
  }
}
