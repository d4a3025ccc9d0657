// A counter by one label, cheap enough to be counted in a hot path.
import { Counter, type Registry } from 'prom-client'

type Child = { inc(count?: number): void }
type TallyOptions<Value extends string> = { name: string; help: string; label: string; values: readonly Value[] }

/** Counts by the values of one label, of which there are few and known ones; each is told from 0 on. */
export class Tally<Value extends string> {
  readonly #children = new Map<Value, Child>()
  readonly #counter: Counter

  constructor(registry: Registry, { name, help, label, values }: TallyOptions<Value>) {
    this.#counter = new Counter({ name, help, labelNames: [label], registers: [registry] })
    for (const value of values) this.#child(value).inc(0)
  }

  inc(value: Value, count = 1): void {
    this.#child(value).inc(count)
  }

  /** `labels()` looks its labels up anew each time, which costs more than the count itself. */
  #child(value: Value): Child {
    const known = this.#children.get(value)
    if (known) return known
    const child = this.#counter.labels(value)
    this.#children.set(value, child)
    return child
  }
}
